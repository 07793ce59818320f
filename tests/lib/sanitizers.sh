# shellcheck shell=bash
# For the suites that look for faults with a sanitizer inside of the library.

# build_with_sanitizer KIND: builds the library with the sanitizer, which is address or thread, and with the faults that
# it has to report. Sets `kind`, `sanitized`, the directory of the library, and `runtime`, the sanitizer's own
# functions.
build_with_sanitizer() {
    local host target options=() began=$SECONDS
    kind=$1
    host=$(rustc -vV | sed -n 's/^host: //p')
    # One for both: what runs while the library is built is compiled once.
    target=${CARGO_TARGET_DIR:-target}/sanitizers
    sanitized=$target/$kind
    runtime=$(compgen -G "$(rustc --print target-libdir)/librustc-*_rt.${kind:0:1}san.a")
    # Rust's own library, too, so that its locks are seen.
    [ "$kind" != thread ] || options+=(-Zbuild-std)
    mkdir -p "$sanitized"
    # Both leave their library in the same place. Sanitizers are options of a nightly compiler, which this one is taken for.
    (
        flock 9
        RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=$kind --cfg zinit_deliberate_faults -Dwarnings" \
            CARGO_PROFILE_DEV_DEBUG=line-tables-only CARGO_INCREMENTAL=0 \
            cargo rustc --quiet --locked "${options[@]}" --lib --crate-type cdylib --target "$host" --target-dir "$target"
        cp "$target/$host/debug/libzinit_client.so" "$sanitized"
    ) 9>"$target/lock"
    echo "built with the $kind sanitizer in $((SECONDS - began)) s"
}

# run_with_sanitizer SUITE...: tests in C, after build_with_sanitizer
run_with_sanitizer() {
    local began=$SECONDS
    tests/c/run.sh --sanitizer "$kind" "$runtime" "$sanitized" "$@"
    echo "ran with the $kind sanitizer in $((SECONDS - began)) s: $*"
}
