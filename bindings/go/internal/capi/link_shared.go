//go:build !zinit_static

package capi

// #cgo pkg-config: zinit-client
import "C"
