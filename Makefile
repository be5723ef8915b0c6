# run.py does the work; these are shorthands.
LOCK = .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet

.PHONY: run setup test bench lock

run setup test bench:
	python3 run.py $(filter-out run,$@)

# Bring the locks up to setup.py and pyproject.toml; add UPGRADE=--upgrade for the newest releases.
lock:
	$(LOCK) $(UPGRADE) setup.py -o requirements.lock
	$(LOCK) $(UPGRADE) setup.py --extra dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) $(UPGRADE) --group build -o requirements-build.lock
