//go:build linux

// Package capi calls the C library. All cgo of the module is here; what it gives and takes is plain Go.
package capi

// #include "calls.h"
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unsafe"
)

// What the header is of.
const (
	headerABI     = C.ZINIT_ABI_VERSION
	headerVersion = C.ZINIT_VERSION_STRING
)

func init() {
	checkLibrary(int(C.zinit_abi_version()), LibraryVersion())
}

// checkLibrary refuses to run where the library that was loaded is not the header's or a newer one that fits it: the
// calls would not fit, or a function would be missing in the middle of the program.
func checkLibrary(abi int, version string) {
	const remedy = "install the library that belongs to the header, or build the program again"
	if abi != headerABI {
		panic(fmt.Sprintf("zinit: this program was built for ABI %d of libzinit_client, but version %s with ABI %d is "+
			"loaded; %s", headerABI, version, abi, remedy))
	}
	if slices.Compare(numbers(version), numbers(headerVersion)) < 0 {
		panic(fmt.Sprintf("zinit: this program was built for version %s of libzinit_client, but version %s is loaded; %s",
			headerVersion, version, remedy))
	}
}

// numbers are those of a version such as 0.1.0.
func numbers(version string) []int {
	numbers := make([]int, 3)
	// What is not there stays 0.
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &numbers[0], &numbers[1], &numbers[2])
	return numbers
}

// The codes of the C library.
const (
	OK               = C.ZINIT_OK
	Pending          = C.ZINIT_PENDING
	End              = C.ZINIT_END
	InvalidArgument  = C.ZINIT_ERR_INVALID_ARGUMENT
	InvalidName      = C.ZINIT_ERR_INVALID_NAME
	InvalidSignal    = C.ZINIT_ERR_INVALID_SIGNAL
	InvalidService   = C.ZINIT_ERR_INVALID_SERVICE
	UnknownService   = C.ZINIT_ERR_UNKNOWN_SERVICE
	AlreadyMonitored = C.ZINIT_ERR_ALREADY_MONITORED
	ServiceUp        = C.ZINIT_ERR_SERVICE_UP
	ServiceDown      = C.ZINIT_ERR_SERVICE_DOWN
	ShuttingDown     = C.ZINIT_ERR_SHUTTING_DOWN
	ConfigRefused    = C.ZINIT_ERR_CONFIG_REFUSED
	NotSupported     = C.ZINIT_ERR_NOT_SUPPORTED
	DaemonRefused    = C.ZINIT_ERR_DAEMON
	Timeout          = C.ZINIT_ERR_TIMEOUT
	Cancelled        = C.ZINIT_ERR_CANCELLED
	TargetChanged    = C.ZINIT_ERR_TARGET_CHANGED
	ServiceFailed    = C.ZINIT_ERR_SERVICE_FAILED
	NotRunning       = C.ZINIT_ERR_NOT_RUNNING
	Permission       = C.ZINIT_ERR_PERMISSION
	IO               = C.ZINIT_ERR_IO
	NoReply          = C.ZINIT_ERR_NO_REPLY
	Closed           = C.ZINIT_ERR_CLOSED
	Protocol         = C.ZINIT_ERR_PROTOCOL
	ReplyTooLarge    = C.ZINIT_ERR_REPLY_TOO_LARGE
	FileNotFound     = C.ZINIT_ERR_FILE_NOT_FOUND
	FileIO           = C.ZINIT_ERR_FILE_IO
	FileSyntax       = C.ZINIT_ERR_FILE_SYNTAX
	VersionUnknown   = C.ZINIT_ERR_VERSION
	Internal         = C.ZINIT_ERR_INTERNAL
	ProtocolAny      = C.ZINIT_PROTOCOL_ANY
	ProtocolLine     = C.ZINIT_PROTOCOL_LINE
	ProtocolJSONRPC  = C.ZINIT_PROTOCOL_JSONRPC
	ProtocolZinit03  = C.ZINIT_PROTOCOL_ZINIT_0_3
	StopOrderAny     = C.ZINIT_STOP_ORDER_ANY
	StopOrderReverse = C.ZINIT_STOP_ORDER_REVERSE
	StepNone         = C.ZINIT_STEP_NONE
	StepStopping     = C.ZINIT_STEP_STOPPING
	StepKilling      = C.ZINIT_STEP_KILLING
	StepStopped      = C.ZINIT_STEP_STOPPED
	StepForgetting   = C.ZINIT_STEP_FORGETTING
	StepRemoving     = C.ZINIT_STEP_REMOVING
	StepStarting     = C.ZINIT_STEP_STARTING
	LogUnset         = C.ZINIT_LOG_UNSET
	LogRing          = C.ZINIT_LOG_RING
	LogStdout        = C.ZINIT_LOG_STDOUT
	LogNone          = C.ZINIT_LOG_NONE
	StateUnknown     = C.ZINIT_STATE_UNKNOWN
	StateBlocked     = C.ZINIT_STATE_BLOCKED
	StateSpawned     = C.ZINIT_STATE_SPAWNED
	StateRunning     = C.ZINIT_STATE_RUNNING
	StateSuccess     = C.ZINIT_STATE_SUCCESS
	StateError       = C.ZINIT_STATE_ERROR
	StateFailure     = C.ZINIT_STATE_FAILURE
	StateTestFailure = C.ZINIT_STATE_TEST_FAILURE
	ChangeAppeared   = C.ZINIT_CHANGE_APPEARED
	ChangeState      = C.ZINIT_CHANGE_STATE
	ChangeForgotten  = C.ZINIT_CHANGE_FORGOTTEN
	ChangeDaemonLost = C.ZINIT_CHANGE_DAEMON_LOST
	ChangeDaemonBack = C.ZINIT_CHANGE_DAEMON_BACK
	SeverityError    = C.ZINIT_SEVERITY_ERROR
	SeverityWarning  = C.ZINIT_SEVERITY_WARNING
	LogSourceStdout  = C.ZINIT_LOG_SOURCE_STDOUT
	LogSourceStderr  = C.ZINIT_LOG_SOURCE_STDERR
	LogSourceStart   = C.ZINIT_LOG_SOURCE_START
	LogSourceTest    = C.ZINIT_LOG_SOURCE_TEST
	LogSourceDropped = C.ZINIT_LOG_SOURCE_DROPPED
)

// StepName is the word for a step; "" for a number that is not one.
func StepName(step int32) string {
	return C.GoString(C.zinit_step_name(C.int32_t(step)))
}

// CodeName is the name of a code in the C header.
func CodeName(code int32) string {
	return C.GoString(C.zinit_code_name(C.zinit_code(code)))
}

// LibraryVersion is the version of the library that is loaded.
func LibraryVersion() string {
	return C.GoString(C.zinit_version())
}

// Error is why a call failed.
type Error struct {
	Code          int32
	Errno         int32
	RequestSent   bool
	Message       string
	Service       string
	DaemonMessage string
	// State is the last one that was seen; its text is "" for none.
	State State
	// Cause is why the context ended, where a context ended the call, and ContextErr is the context's own error.
	Cause, ContextErr error
	// Step is where the service of a group failed.
	Step int32
	// Failures are those of the services of a group.
	Failures []*Error
}

// A State has the daemon's own text, and a kind, which is the same for all daemons.
type State struct {
	Text string
	Kind int32
}

func stateOf(parts C.struct_state_parts) State {
	return State{C.GoString(parts.text), int32(parts.kind)}
}

// Error is the message.
func (e *Error) Error() string {
	return e.Message
}

// failure turns an error of the library into one of ours and frees it.
func failure(err *C.zinit_error) error {
	defer C.zinit_error_free(err)
	return errorOf(err)
}

func errorOf(err *C.zinit_error) *Error {
	var parts C.struct_error_parts
	C.read_error(err, &parts)
	return &Error{
		Code:          int32(parts.code),
		Errno:         int32(parts.os_errno),
		RequestSent:   parts.request_sent != 0,
		Message:       C.GoString(parts.message),
		Service:       C.GoString(parts.service),
		DaemonMessage: C.GoString(parts.daemon_message),
		State:         stateOf(parts.state),
	}
}

// A calling goroutine holds a place while it is inside the library. Go starts another thread for each call that takes
// more than some 20 microseconds, so without a limit a thousand goroutines would be a thousand threads.
//
// Calls that read or write service files have places of their own: no other call is to stand behind one that waits for a
// slow disk.
var (
	shortCalls = make(places, atMost(runtime.GOMAXPROCS(0)+1, 8))
	fileCalls  = make(places, 4)
)

// slowDisk runs before each call that reads or writes service files, for the tests: none of them can slow a disk down.
var slowDisk = func() {}

func enterFileCall() {
	fileCalls.enter()
	slowDisk()
}

// enterFileCallUnless gives up when the context ends.
func enterFileCallUnless(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case fileCalls <- struct{}{}:
		slowDisk()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type places chan struct{}

func (p places) enter() { p <- struct{}{} }
func (p places) leave() { <-p }

func atMost(number, limit int) int {
	if number > limit {
		return limit
	}
	return number
}

// text is a NUL-terminated copy for the length of a call. Only nil is NULL.
func text(value string) (*C.char, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return nil, &Error{Code: InvalidArgument, Message: fmt.Sprintf("invalid argument %q: it has a NUL inside", value)}
	}
	bytes := make([]byte, len(value)+1)
	copy(bytes, value)
	return (*C.char)(unsafe.Pointer(&bytes[0])), nil
}

// optionalText is NULL for "".
func optionalText(value string) (*C.char, error) {
	if value == "" {
		return nil, nil
	}
	return text(value)
}

// nameText is a service's name.
func nameText(name string) (*C.char, error) {
	if strings.IndexByte(name, 0) >= 0 {
		return nil, &Error{
			Code: InvalidName, Service: name, Message: fmt.Sprintf("invalid service name %q: it has a NUL inside", name),
		}
	}
	return text(name)
}
