# shellcheck shell=bash
# What the suites and the SBOM need to look at the crates.

# crate_tree EDGES [ARGUMENT...]: the crates below the library as cargo sees them, a line for each dependency in the order
# of its tree: depth, name, version and licence. EDGES are cargo's, such as normal.
crate_tree() {
    cargo tree --locked --package libzinit-client --edges "$1" --prefix depth --format '|{p}|{l}|' "${@:2}" |
        # The licence as crates wrote it before there was OR.
        sed -E 's/^([0-9]+)\|([^ ]+) v([^ |]+)[^|]*\|([^|]*)\|.*/\1|\2|\3|\4/; s# */ *# OR #'
}

# Of these the code is linked into the library, whatever it is built for.
linked_crates() {
    crate_tree normal,no-proc-macro --target all
}

# python_tool NAME ARGUMENT...: what pip installs with these arguments, on PATH. Once for all runs, and for suites that
# run side by side.
python_tool() {
    local environment=$PWD/build/python-tools/$1
    mkdir -p build/python-tools
    (
        flock 9
        [ -e "$environment/installed" ] || {
            rm -rf "$environment"
            python3 -m venv "$environment" &&
                "$environment/bin/pip" install --quiet --disable-pip-version-check "${@:2}" &&
                touch "$environment/installed"
        }
    ) 9>"$environment.lock" || return
    PATH=$environment/bin:$PATH
}

# The official reader of SPDX.
spdx_tools() {
    python_tool spdx spdx-tools==0.8.5
}
