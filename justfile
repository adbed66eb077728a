# Lists the recipes.
default:
    @just --list

# Everything that CI checks.
ci:
    bash .ci/run

# Registers a small model and promotes it.
quickstart:
    cargo run -- confs/quickstart.yaml

# Runs every test; the first time it installs MLflow below target/.
test:
    cargo test

# Holds the registries to MLflow's own cases on servers of 2.9, 2.22, 3.5, 3.10 and the newest, each installed below target/.
conformance:
    CONFORMANCE=1 cargo test --test integration conformance -- --nocapture --test-threads 1

# Kills runs on SQLite and the file store at every system call and at many moments, and looks at what is left.
kill:
    KILLS=1 cargo test --test integration kills -- --nocapture --test-threads 1

# Formats, and treats every warning as an error.
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings
    cargo clippy --all-targets --features sigv4 -- -D warnings

# Builds the documentation of the code.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# Writes confs/schema.json and the tables, outputs and examples of the docs anew.
update:
    UPDATE=1 cargo test --test integration -- documents screens::

# Compares a promotion with curl, sqlite3 and Python's client, and batches with a bare loop, in one run.
bench:
    cargo bench --bench promotion --bench batch

# Builds the binary that is shipped.
dist:
    cargo build --profile dist

# Checks licences and sources of the dependencies.
deny:
    cargo deny check licenses bans sources

# Shows a notice on a real notification daemon in a virtual display; installs dunst, Xvfb and D-Bus where they are missing.
desktop:
    tests/desktop/run

# Runs many random batches under random faults, from a seed on: `just storm 50000 7`.
storm cases="20000" start="1":
    STORM_CASES={{cases}} STORM_START={{start}} cargo test --test integration storm:: -- --nocapture

# Builds the fuzz targets and runs each for a minute; installs cargo-fuzz where it is missing.
fuzz *ARGS:
    fuzz/run {{ARGS}}
