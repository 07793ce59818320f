#!/usr/bin/env bash
# suite: Doxygen renders the manual and the header without a warning, each link leads somewhere, and a browser shows it
# needs: make awk doxygen chromium python3
. "$(dirname "$0")/../lib/suite.sh"

site=$scratch/docs
said=$(make --silent docs BUILD="$scratch" 2>&1) || give_up "make docs: $said"
expect_equal "what make docs says" "" "$said"
expect_equal "links that lead nowhere" "" "$(python3 tests/lib/site.py links "$site")"

# Each page and each section of the header is there, and each function has its place on one of them.
for page in docs/*.md; do
    title=$(sed -n '1s/^# //p' "$page")
    grep -qrE "<div class=\"title\">$title ?</div>" "$site" --include='*.html' || fail "$page is not in the site"
done
while read -r title; do
    grep -qrE "<div class=\"title\">$title ?</div>" "$site" --include='group__*.html' || fail "section $title is not in the site"
done < <(sed -n 's/^ \* [0-9]*\. \(.*\)/\1/p' include/zinit.h)
for name in $(grep -v '^ \*' include/zinit.h | grep -o '\<zinit_[a-z0-9_]*(' | tr -d '('); do
    grep -qF ">$name()</h2>" "$site"/group__*.html || fail "$name is not in the site"
done

# As a browser shows it: with the tutorial in front, and the navigation, which is made by a script.
browse() { # browse OPTION...: opens the first page
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
        --user-data-dir="$scratch/browser" --virtual-time-budget=10000 --window-size=1000,800 "$@" \
        "file://$(realpath "$site")/index.html" 2>"$scratch/browser.log"
}
export HOME=$scratch
browse --dump-dom >"$scratch/dom" || give_up "chromium: $(tail -n 5 "$scratch/browser.log")"
grep -qF '<div class="title">Tutorial' "$scratch/dom" || fail "the site does not begin with the tutorial"
grep -qF 'A daemon to try things on' "$scratch/dom" || fail "the tutorial has no text"
for title in Conventions Errors 'Threads and event loops' 'The header, by sections'; do
    grep -qE "<span class=\"label\"><a [^>]*>(<span>)?$title<" "$scratch/dom" || fail "the navigation does not have: $title"
done
browse --screenshot="$scratch/picture.png" || give_up "chromium: $(tail -n 5 "$scratch/browser.log")"
colours=$(python3 tests/lib/site.py colours "$scratch/picture.png")
echo "the picture has $colours colours"
[ "$colours" -gt 50 ] || fail "the picture of the first page is blank: it has $colours colours"
