#!/bin/sh
# Makes .venv ready: `setup.sh run` for the server, `setup.sh dev` for the tests too, `setup.sh lock` for the locks.
# Does only what is missing, and says each step as it takes it.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

# Neither an active virtual environment nor the user's own pip settings may reach into ours.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '==> %s\n' "$*"; }
die() { printf 'make: %s\n' "$*" >&2; exit 1; }
stamp() { cat "$@" | cksum; }

find_python() {
    for name in python3 python3.13 python3.12 python3.11 python3.14; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    die 'Onebook needs Python 3.11 or later. On Debian 12, Ubuntu 24.04 and later type: apt-get install python3'
}

# Debian ships `venv` without the pip that goes into it; that is in a package of its own.
has_venv() { "$1" -c 'import venv; from ensurepip import bootstrap' >/dev/null 2>&1; }

install_venv() {
    if [ "$1" = python3 ]; then package=python3-venv; else package=$1-venv; fi
    if ! command -v apt-get >/dev/null 2>&1; then
        die "$1 cannot make virtual environments: its modules venv and ensurepip are missing; install them and try again"
    elif [ "$(id -u)" = 0 ]; then
        root=env
    elif sudo -n true >/dev/null 2>&1; then
        root='sudo -n env'
    else
        die "$1 cannot make virtual environments yet; type: sudo apt-get update; sudo apt-get install -y $package"
    fi
    # shellcheck disable=SC2086  # $root is a command and its arguments
    apt() { $root DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null; }
    say "Installing $package (apt-get install -y $package)"
    if ! apt install -y "$package" >/dev/null 2>&1; then
        say 'Fetching the list of packages first (apt-get update)'
        apt update >/dev/null || say 'Not all of it could be fetched'
        apt install -y "$package" >/dev/null || die "$package could not be installed; the reason stands above"
    fi
    has_venv "$1" || die "$1 still cannot make virtual environments, though $package is installed: is it another Python?"
}

make_venv() { # where
    python=$(find_python)
    has_venv "$python" || install_venv "$python"
    say "Making $1 with $("$python" -V)"
    "$python" -m venv --clear "$1" || die "$1 could not be made; the reason stands above"
}

works() { "$1/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

install() { # lock file, name of its stamp
    [ "$(cat ".venv/$2" 2>/dev/null)" = "$(stamp "$1")" ] && return
    say "Installing the $(grep -c '^[a-z]' "$1") packages of $1"
    .venv/bin/python -m pip install -qq --require-hashes -r "$1" || die "$1 could not be installed; the reason stands above"
    stamp "$1" >".venv/$2"
}

case ${1-} in
run | dev)
    works .venv || make_venv .venv
    if [ "$1" = dev ]; then
        install requirements-dev.lock .stamp-dev
        stamp requirements.lock >.venv/.stamp-run # the one lock contains the other
    else
        install requirements.lock .stamp-run
    fi
    want="$(stamp pyproject.toml) $PWD"
    if [ "$(cat .venv/.stamp-onebook 2>/dev/null)" != "$want" ]; then
        say 'Installing onebook itself, editable'
        .venv/bin/python -m pip install -qq --no-deps --no-build-isolation -e . ||
            die 'onebook could not be installed; the reason stands above'
        echo "$want" >.venv/.stamp-onebook
    fi
    ;;
lock)
    if ! .tools/uv/bin/uv --version >/dev/null 2>&1; then
        make_venv .tools/uv
        say 'Installing uv, which resolves the locks'
        .tools/uv/bin/python -m pip install -qq uv || die 'uv could not be installed; the reason stands above'
    fi
    lock() { # lock file, and what goes in
        file=$1
        shift
        say "Resolving $file"
        .tools/uv/bin/uv pip compile -q pyproject.toml --group build "$@" ${UPGRADE:+--upgrade} -o "$file" \
            --universal --python-version 3.11 --generate-hashes --no-annotate --no-config \
            --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' >/dev/null
    }
    lock requirements.lock
    lock requirements-dev.lock --group dev --extra bulk --constraint requirements.lock
    ;;
*)
    die "scripts/setup.sh: say run, dev or lock"
    ;;
esac
