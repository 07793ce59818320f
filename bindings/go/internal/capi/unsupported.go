//go:build !cgo || !linux

package capi

// It does not compile: the compiler prints this text, and nothing else.
func init() {
	"zinit needs linux and cgo: set GOOS=linux, CGO_ENABLED=1 and CC"
}
