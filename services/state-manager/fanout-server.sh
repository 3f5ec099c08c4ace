#!/usr/bin/env sh
# `fanout-server` as installed: Node takes room for young objects only at its start, and what a first line such as
# `env -S node --flag` would give is unknown to the env of Alpine. The last flag counts, which lets users give another.
program=$(readlink -f "$0" 2>/dev/null || realpath "$0")
exec env NODE_OPTIONS="--max-semi-space-size=64 $NODE_OPTIONS" node "${program%/*}/dist/fanout-server.js" "$@"
