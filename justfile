# Names for what lies in scripts/. Nothing needs just itself.

# Lists the names.
default:
    @just --list

# Runs the server with everything on: SQLite in ./daemun-data, every contract, the dev outbox.
serve *arguments:
    cargo run --release -- serve {{ arguments }}

# Everything that must hold before a change goes in.
check:
    scripts/check

# The tests alone, on SQLite.
test *arguments:
    cargo test --workspace {{ arguments }}

# The tests alone, on a PostgreSQL of their own.
test-postgres *arguments:
    DAEMUN_TEST_DATABASE=postgres cargo test --workspace {{ arguments }}

# Every fuzz target for a minute, or those that are named.
nightly *arguments:
    scripts/nightly {{ arguments }}

# Formats the code.
format:
    cargo fmt --all

# Checks a contract and plays its examples.
contract NAME:
    cargo run -- contract check contracts/{{ NAME }}.yaml
    cargo run -- contract test contracts/{{ NAME }}.yaml
