# shellcheck shell=bash
# The header's suites, one a compiler family, so that the one that is not installed is skipped by name.
. "$(dirname "${BASH_SOURCE[0]}")/suite.sh"

# check_header C-COMPILER C++-COMPILER
check_header() {
    local standard language compiler
    for language in c cpp; do
        echo '#include <zinit.h>' >"$scratch/once.$language"
        cat >"$scratch/program.$language" <<'END'
#include <zinit.h>
#include <zinit.h>

int main(void)
{
    return zinit_abi_version() == ZINIT_ABI_VERSION ? 0 : 1;
}
END
    done
    for standard in c99 c11 c17 c++11 c++17 c++20; do
        case $standard in
        c++*) language=cpp compiler=$2 ;;
        *) language=c compiler=$1 ;;
        esac
        # shellcheck disable=SC2046 # pkg-config gives several words
        "$compiler" -std=$standard "${strict[@]}" -fsyntax-only $(pkg_config --cflags zinit-client) \
            "$scratch/once.$language" || fail "$compiler -std=$standard: alone"
        # shellcheck disable=SC2046
        "$compiler" -std=$standard "${strict[@]}" -o "$scratch/program" \
            "$scratch/program.$language" $(pkg_config --cflags --libs zinit-client) ||
            fail "$compiler -std=$standard: twice"
        LD_LIBRARY_PATH=$prefix/lib "$scratch/program" || fail "$compiler -std=$standard: the program fails"
    done
}
