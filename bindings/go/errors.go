package zinit

import (
	"errors"
	"syscall"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

var (
	// ErrUnknownService is returned when the daemon does not know a service.
	ErrUnknownService error = &Error{Code: CodeUnknownService, RequestSent: true, message: "unknown service"}

	// ErrAlreadyMonitored is returned by Monitor for a service that is monitored.
	ErrAlreadyMonitored error = &Error{Code: CodeAlreadyMonitored, RequestSent: true, message: "already monitored"}

	// ErrNotSupported is what the daemon's version cannot do; compare with errors.Is.
	ErrNotSupported error = &Error{Code: CodeNotSupported, message: "operation not supported"}
)

// Code is the kind of an error. A program must expect codes that are none of those below.
type Code int32

// The kinds of errors.
const (
	// CodeInvalidArgument is an argument that no call can use. Nothing was sent, opened or changed.
	CodeInvalidArgument Code = capi.InvalidArgument
	// CodeInvalidName is a name that is empty, longer than 250 bytes, or has a NUL, a newline or a / inside.
	CodeInvalidName Code = capi.InvalidName
	// CodeInvalidSignal is a signal that zinit does not know. Nothing was sent.
	CodeInvalidSignal Code = capi.InvalidSignal
	// CodeInvalidService is a definition that the daemon would refuse. Nothing was sent or written.
	CodeInvalidService Code = capi.InvalidService
	// CodeUnknownService is a service that the daemon does not know.
	CodeUnknownService Code = capi.UnknownService
	// CodeAlreadyMonitored is a service that is monitored already.
	CodeAlreadyMonitored Code = capi.AlreadyMonitored
	// CodeServiceUp is a service that must be stopped first.
	CodeServiceUp Code = capi.ServiceUp
	// CodeServiceDown is a service without a process.
	CodeServiceDown Code = capi.ServiceDown
	// CodeShuttingDown is a daemon that starts nothing any more.
	CodeShuttingDown Code = capi.ShuttingDown
	// CodeConfigRefused is a service file that the daemon could not load: it is missing, or a key is invalid.
	CodeConfigRefused Code = capi.ConfigRefused
	// CodeNotSupported is what the daemon's version cannot do.
	CodeNotSupported Code = capi.NotSupported
	// CodeDaemon is any other refusal; DaemonMessage has the daemon's words.
	CodeDaemon Code = capi.DaemonRefused
	// CodeTimeout is a service that is not there yet.
	CodeTimeout Code = capi.Timeout
	// CodeCancelled is a context that has ended. What was sent is not undone.
	CodeCancelled Code = capi.Cancelled
	// CodeTargetChanged is a service that somebody else stopped or started during the wait.
	CodeTargetChanged Code = capi.TargetChanged
	// CodeServiceFailed is a service that will not get there by itself.
	CodeServiceFailed Code = capi.ServiceFailed
	// CodeNotRunning is no socket, or nobody behind it.
	CodeNotRunning Code = capi.NotRunning
	// CodePermission is a socket that belongs to somebody else.
	CodePermission Code = capi.Permission
	// CodeIO is a system call that failed.
	CodeIO Code = capi.IO
	// CodeNoReply is a daemon that did not answer within the I/O timeout. It may have acted all the same.
	CodeNoReply Code = capi.NoReply
	// CodeClosed is a daemon that closed the connection before its reply was whole. It may have acted all the same.
	CodeClosed Code = capi.Closed
	// CodeProtocol is a reply that is none of the line protocol of zinit 0.2.0 to 0.2.14.
	CodeProtocol Code = capi.Protocol
	// CodeReplyTooLarge is a reply that is larger than the client allows.
	CodeReplyTooLarge Code = capi.ReplyTooLarge
	// CodeFileNotFound is a service file that is not there.
	CodeFileNotFound Code = capi.FileNotFound
	// CodeFileIO is a service file that cannot be read, written or removed.
	CodeFileIO Code = capi.FileIO
	// CodeFileSyntax is a service file whose content is no service definition.
	CodeFileSyntax Code = capi.FileSyntax
	// CodeVersion is a daemon whose version cannot be found out.
	CodeVersion Code = capi.VersionUnknown
	// CodeInternal is a defect of the library.
	CodeInternal Code = capi.Internal
)

// String is the name of a code in the C library's header, such as "ZINIT_ERR_TIMEOUT".
func (c Code) String() string {
	return capi.CodeName(int32(c))
}

// Error is why a call failed. By errors.Is it is the sentinel of its code, the system's error behind it (so a missing
// service file is os.ErrNotExist), and the error of the context that ended the call.
type Error struct {
	// Code is the kind of the error.
	Code Code
	// Service is the service that it happened to; "" where it concerns none.
	Service string
	// DaemonMessage is the daemon's own words; "" where it did not refuse.
	DaemonMessage string
	// RequestSent tells that a command went out before the failure: the daemon may have acted on it.
	RequestSent bool
	// State is the last state that was seen of the service, for CodeServiceFailed, CodeTimeout and CodeTargetChanged.
	State ServiceState
	// Failures are, for a group, those of its services, in the order in which the services were given.
	Failures []*Error

	message string
	cause   error
}

// Error tells in one line what was tried, on which service, what came back, and what to do.
func (e *Error) Error() string {
	return e.message
}

// Is tells whether target is the sentinel of this kind of error.
func (e *Error) Is(target error) bool {
	switch e.Code {
	case CodeUnknownService:
		return target == ErrUnknownService
	case CodeAlreadyMonitored:
		return target == ErrAlreadyMonitored
	case CodeNotSupported:
		return target == ErrNotSupported
	}
	return false
}

// Unwrap gives the system's error, or that of the context that has ended; nil if there is none.
func (e *Error) Unwrap() error {
	return e.cause
}

// sentinel puts the very value that callers compare with == in place of an error with its code.
func sentinel(err, value error) error {
	if failed, ok := err.(*Error); ok && failed.Is(value) {
		return value
	}
	return err
}

// fromC is an error of the library as this package has it.
func fromC(err error) error {
	var failed *capi.Error
	if err == nil || !errors.As(err, &failed) {
		return err
	}
	return errorFromC(failed)
}

func errorFromC(failed *capi.Error) *Error {
	result := &Error{
		Code: Code(failed.Code), Service: failed.Service, DaemonMessage: failed.DaemonMessage,
		RequestSent: failed.RequestSent, message: failed.Message, cause: failed.Cause,
	}
	if failed.State != "" {
		result.State = stateOf(failed.State)
	}
	if result.cause == nil && failed.Errno != 0 {
		result.cause = syscall.Errno(failed.Errno)
	}
	for _, one := range failed.Failures {
		result.Failures = append(result.Failures, errorFromC(one))
	}
	return result
}
