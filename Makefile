PORT ?= 8000
# Python 3.11 or later; Debian 12's own will do.
PYTHON3 := $(shell command -v python3.11 || command -v python3)
PYTHON := .venv/bin/python
# What the type checker's Django plugin reads the settings with. No secret: nothing is kept with it.
ANY_SECRETS := ZUSAGE_SECRET_KEY=nothing-is-kept-with-this-and-nobody-signs-in ZUSAGE_KEY_ENCRYPTION_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

.PHONY: help run test unit check lock install install-check install-test

help:
	@echo "make run     set everything up and start the portal with a small demo on http://127.0.0.1:$(PORT)/"
	@echo "make test    set everything up and run all tests, on SQLite and on PostgreSQL"
	@echo "make unit    run the unit part alone"
	@echo "make check   lint, format, types, the walls between the rooms"
	@echo "make lock    make the lock files anew"

run: install
	@exec .venv/bin/zusage run --demo --port $(PORT)

test: install-test
	@$(PYTHON) scripts/suite.py

unit: install-check
	@$(PYTHON) scripts/suite.py unit

check: install-check
	@$(ANY_SECRETS) $(PYTHON) scripts/check.py

lock: install-check
	$(PYTHON) scripts/lock.py

install: PURPOSE := run
install-check: PURPOSE := check
install-test: PURPOSE := test
install install-check install-test:
	@$(if $(PYTHON3),$(PYTHON3) scripts/install.py $(PURPOSE),echo "Python 3.11 is missing. Run: sudo apt-get install python3-venv" >&2; exit 2)
