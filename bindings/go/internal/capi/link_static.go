//go:build linux && zinit_static

package capi

// The archive comes first and leaves nothing for the shared library to do, which is then not linked with. The program
// needs the C library alone: not libgcc_s.so, either.

// #cgo LDFLAGS: -l:libzinit_client.a -static-libgcc -lutil -lrt -lpthread -lm -ldl -Wl,--as-needed
// #cgo pkg-config: zinit-client
import "C"

// isStatic tells whether the library is part of the program.
const isStatic = true
