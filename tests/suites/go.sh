#!/usr/bin/env bash
# suite: the Go binding over each protocol, with the race detector and cgocheck2, too, and the original package beside it
# seconds: 195
# needs: go gcc pkg-config
. "$(dirname "$0")/../lib/suite.sh"

export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage LD_LIBRARY_PATH=$prefix/lib
cd bindings/go
ours=$(go list -m)/zinit
theirs=github.com/threefoldtech/zosbase/pkg/zinit

# step WHAT COMMAND...
step() {
    printf '\n== %s\n' "$1"
    "${@:2}" || fail "$1"
}

expect_equal "files that gofmt would change" "" "$(gofmt -l .)"
expect_equal "packages with cgo" "internal/capi" "$(grep -rl --include='*.go' '^import "C"$' . | xargs -n 1 dirname | sort -u | sed 's|^\./||')"
step "go vet" go vet ./...
step "go vet, linked statically" go vet -tags zinit_static ./...

linked_statically() {
    go test -tags zinit_static -c -o "$scratch/static.test" ./zinit || return
    ! ldd "$scratch/static.test" | grep zinit || return
    env -u LD_LIBRARY_PATH "$scratch/static.test" -test.run 'Life|Example'
}

# Whatever the tags: the linker takes the archive then.
linked_fully_statically() {
    local tags
    if [ "$(gcc -print-file-name=libc.a)" = libc.a ]; then
        skip "tests, linked fully statically" 'there is no libc.a; on Fedora, glibc-static has it'
        return
    fi
    for tags in netgo,osusergo netgo,osusergo,zinit_static; do
        go test -tags $tags -ldflags '-extldflags "-static"' -c -o "$scratch/static.test" ./zinit || return
        ! readelf -l "$scratch/static.test" | grep INTERP || return
        env -u LD_LIBRARY_PATH "$scratch/static.test" -test.run 'Life|Example' || return
    done
}

same_api() {
    go build -o "$scratch/apidiff" golang.org/x/exp/cmd/apidiff || return
    "$scratch/apidiff" -w "$scratch/theirs" $theirs && "$scratch/apidiff" -w "$scratch/ours" "$ours" || return
    expect_equal "incompatible changes" "" "$("$scratch/apidiff" -incompatible "$scratch/theirs" "$scratch/ours")"
    # That it would tell: the other way round things are missing.
    # Without -q: it would end the pipe early, and apidiff with it.
    "$scratch/apidiff" -incompatible "$scratch/ours" "$scratch/theirs" | grep 'Client).Deploy: removed' >/dev/null
}

# has_modules WHAT PACKAGE...: of the module in compat, which asks for a newer Go than the package does
has_modules() {
    ! (cd compat && GOFLAGS=-mod=readonly go list -deps "${@:2}") >/dev/null 2>"$scratch/why" || return 0
    skip "$1" "$(paste -sd ' ' "$scratch/why")"
    return 1
}

# With go vet these are the default linters of golangci-lint.
linters=(honnef.co/go/tools/cmd/staticcheck github.com/kisielk/errcheck github.com/gordonklaus/ineffassign)
lint() {
    local directory linter found=0
    (cd compat && go build -o "$scratch/" "${linters[@]}") || return
    for directory in . compat; do
        for linter in "${linters[@]##*/}"; do
            (cd $directory && "$scratch/$linter" ./...) || found=1
        done
    done
    return $found
}
if has_modules "linters" "${linters[@]}"; then
    step "${linters[*]##*/}" lint
fi

beside_the_original() {
    step "the API" same_api
    step "go vet of the comparison" go vet ./...
    step "side by side with the original" go test -v -count=1 ./...
}

go_tests() {
    step "tests" go test -v -count=1 ./...
    if [ "$protocol" = json-rpc ]; then
        echo "skipped: the original package beside the Go binding over JSON-RPC: it speaks the line protocol"
        return
    fi
    step "tests with the race detector" go test -race -short -count=1 ./...
    step "tests with cgocheck2" env GOEXPERIMENT=cgocheck2 go test -short -count=1 ./...
    step "tests, linked statically" linked_statically
    step "tests, linked fully statically" linked_fully_statically
    if has_modules "the comparison with the original" .; then
        cd compat
        beside_the_original
        cd ..
    fi
}
over_each_protocol go_tests
