#!/usr/bin/env bash
# suite: zinit.h compiles alone and twice, in each C and C++ standard, and links (clang)
# needs: clang clang++ g++ pkg-config
. "$(dirname "$0")/../lib/header.sh"

check_header clang clang++
