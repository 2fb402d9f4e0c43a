"""``zusage NAME``: the commands of the house. 0 done · 1 a finding · 2 could not run."""

from __future__ import annotations

import argparse
import base64
import os
import sys
from pathlib import Path

from zusage.environment import SECRET_FILES, EnvironmentProblem, make_demo_secrets, setting

COMMANDS = {
    "run": "start the portal with its worker (--demo: with invented data and secrets of its own)",
    "worker": "only the background worker (mails, protocol, chores), for a machine of its own",
    "check": "refuse a policy with a hole and a column that nobody classified",
    "policy": "check, show, export or compare the tenant's policy",
    "backup": "copy all stores into a folder, encrypted, while the portal is open",
    "restore": "check a backup, put it back, and leave out whoever was erased since",
    "rotate-keys": "wrap every key by the newest key-encryption key, while the portal is open",
    "verify-protocol": "whether the protocol is as it was sealed, and if not, what is wrong where",
    "add-user": "an account for a clerk, the protection officer or an administrator",
    "import-cases": "bring in case files from CSV or JSON Lines, new, changed and closed ones",
    "import-payments": "bring in what a bank reports of payments (camt.053, camt.054)",
    "sweep": "delete and block what is past its period (--dry-run: only count it)",
    "evaluate-log": "count a web server's logs, without anybody in the counts, and delete them",
    "api-token": "tokens by which other software brings cases in (add, list, end)",
    "letter-codes": "codes for the agency's letters, by which people say who they are",
    "link-subjects": "propose which files may be one person's (--dry-run: only count)",
    "prove": "look whether the promises of the notice are kept (--quick: what is quickly looked at)",
    "verify-proofs": "check that the history of promises was not rewritten",
    "migrate-stores": "bring the tables of all stores up to date",
}

# Where a command is that isn't in the package's own folder.
APPS = {"check": "django.core", "evaluate_log": "zusage.visits"}

# What may be done where a restore broke off, by the names of the commands' modules.
IN_HALF_A_HOUSE = frozenset(("restore", "migrate_stores", "check", "verify_proofs"))
# What anybody may run anywhere: it opens no store.
FOR_OUTSIDERS = frozenset(("verify-proofs",))

# What loads all pages, for Django to check them. The others leave them alone: it is a third of their start.
OF_THE_WEB = frozenset(("run", "check"))

OF_DJANGO = frozenset(
    ("version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks")
    + ("args", "tags", "list_tags", "deploy", "fail_level", "databases")
)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_usage())
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        print(f"zusage: there is no command {name!r}.\n\n{_usage()}", file=sys.stderr)
        return 2
    # What this process writes is for its own user's eyes.
    os.umask(0o077)
    try:
        if name == "policy":
            from zusage import policy_command

            return policy_command.run(rest)
        if {"-h", "--help"} & set(rest) or name in FOR_OUTSIDERS:
            _lend_secrets()
        elif name == "run" and "--demo" in rest:
            _prepare_demo()
        return _django(name.replace("-", "_"), rest)
    except EnvironmentProblem as problem:
        print(f"zusage: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _django(name: str, arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zusage.settings")
    import django
    from django.core.management import CommandError, load_command_class
    from django.db import DatabaseError

    from zusage.policy.types import PolicyError

    django.setup()
    from zusage.checks import OURS

    command = load_command_class(APPS.get(name, "zusage"), name)
    try:
        parser = command.create_parser("zusage", name.replace("_", "-"))
        _only_ours(parser)
        if name == "check":
            parser.description = (
                f"{COMMANDS[name].capitalize()}. Exit status: 0 nothing, 1 findings, 2 could not run."
            )
        options = vars(parser.parse_args(arguments))
        words = options.pop("args", ())
        if name not in IN_HALF_A_HOUSE and _is_half_restored():
            raise CommandError(
                "A restore broke off here: these stores are half of a house. Run `zusage restore DIR` again.",
                returncode=2,
            )
        if name not in OF_THE_WEB and command.requires_system_checks:
            command.requires_system_checks = [OURS]
        command.execute(*words, **options)
    except PolicyError as error:
        for finding in error.findings:
            print(f"zusage: {finding}", file=sys.stderr)
        return 1 if name == "check" else 2
    except CommandError as error:
        print(f"zusage: {error}", file=sys.stderr)
        return error.returncode if error.returncode != 1 or name == "check" else 2
    except (DatabaseError, FileNotFoundError) as error:
        # A database's message may quote what was written: its kind must do.
        print(
            f"zusage: a store could not be used ({type(error).__name__}). "
            "Check ZUSAGE_…_URL, and run `zusage migrate-stores`.",
            file=sys.stderr,
        )
        return 2
    return 0


def _is_half_restored() -> bool:
    from django.db import DatabaseError

    from zusage.backup.places import half_restored

    try:
        return half_restored()
    except DatabaseError:  # no such table, no such store: nothing was restored here
        return False


def _prepare_demo() -> None:
    var = Path(setting("ZUSAGE_VAR", "var")).resolve()
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["ZUSAGE_DEMO"] = "1"
    given = [name for name in ("ZUSAGE_SECRET_KEY", "ZUSAGE_KEY_ENCRYPTION_KEY") if _is_set(name)]
    if not given:
        make_demo_secrets(var)


def _only_ours(parser: argparse.ArgumentParser) -> None:
    """Leave what Django adds to every command out of its help. It still works."""
    for action in parser._actions:
        if action.dest in OF_DJANGO:
            action.help = argparse.SUPPRESS


def _lend_secrets() -> None:
    """Whoever only asks for help needs no secret: these are for the settings to load, and gone with this process."""
    for name in SECRET_FILES:
        if not _is_set(name):
            os.environ[name] = base64.b64encode(os.urandom(32)).decode()


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(["usage: zusage COMMAND …   (each has --help)", "", *lines])


if __name__ == "__main__":
    main()
