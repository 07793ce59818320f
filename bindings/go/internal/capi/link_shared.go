//go:build linux && !zinit_static

package capi

// #cgo pkg-config: zinit-client
import "C"

// isStatic tells whether the library is part of the program.
const isStatic = false
