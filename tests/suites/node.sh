#!/usr/bin/env bash
# suite: the package for Node.js, installed from here and from its archive: on each protocol, under strict TypeScript
# seconds: 60
# needs: node npm node-headers cc clang nm
. "$(dirname "$0")/../lib/suite.sh"

package=bindings/node
# npm must not look for news of itself, nor write to the user's home.
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false npm_config_cache=$scratch/npm

# As a user does it: an empty project, and the clone beside it. The compiler says nothing.
mkdir "$scratch/project"
(cd "$scratch/project" && npm init --yes >/dev/null && CFLAGS='-O2 -Werror -Wpedantic' npm install --install-links=false --foreground-scripts "$OLDPWD/$package")
[ -e "$scratch/project/node_modules/zinit-client/build/zinit_client.node" ] || give_up "npm has built no add-on"
expect_equal "functions that the add-on exports" "napi_register_module_v1" \
    "$(nm -D --defined-only $package/build/zinit_client.node | awk '{print $3}' | grep -v '^node_api_module_get_api_version_v1$')"

CC=clang CFLAGS='-O2 -Werror -Wpedantic' node $package/build.js --output "$scratch/clang.node" || fail "clang has something to say"

# The package as it is published, with the add-on inside, where there is neither a compiler nor the library.
make --silent --no-print-directory node-package
mv zinit-client-"$version".tgz "$scratch"
mkdir "$scratch/packed"
(cd "$scratch/packed" && npm init --yes >/dev/null && CC=false npm install --omit=optional --foreground-scripts "$scratch"/zinit-client-*.tgz &&
    node -e 'console.log(require("zinit-client").version)' >"$scratch/version")
expect_equal "the version of the package from its archive" "$version" "$(cat "$scratch/version")"

npm install --silent --prefix "$scratch/typescript" typescript@5.9.3 @types/node@18.19.130
for kind in cts mts; do
    cp $package/test/types/sample.ts "$scratch/project/sample.$kind"
done
"$scratch/typescript/node_modules/.bin/tsc" --strict --noEmit --module nodenext --target es2022 \
    --typeRoots "$scratch/typescript/node_modules/@types" --types node "$scratch"/project/sample.{cts,mts} || fail "tsc"

# Side by side, because most of their time is the daemon's.
node_tests() {
    ZINIT_BIN=$ZINIT_BIN node --test --test-concurrency=4 --test-reporter=spec $package/test/*.test.js || fail "the tests on $protocol"
}
over_each_protocol node_tests
