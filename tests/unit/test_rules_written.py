from zusage.rules import written


def test_the_whole_name() -> None:
    assert written.name({"debtor_first_name": "Nadine", "debtor_name": "Oberholzer"}) == "Nadine Oberholzer"
    assert written.name({"debtor_name": "Nadine Oberholzer"}) == "Nadine Oberholzer"
    assert written.name({}) == ""


def test_the_newest_of_several_addresses() -> None:
    newest = "Lindenweg 4, 8400 Winterthur"
    assert written.address({"address": f"{newest}\nSeeweg 2, 8800 Thalwil"}) == newest
    assert written.address({"address": newest}) == newest
    assert written.address({"address": "Lindenweg 4\n8400 Winterthur"}) == "Lindenweg 4\n8400 Winterthur"
    assert written.address({}) == ""
