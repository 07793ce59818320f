package zinit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

var (
	// ErrUnknownService is returned when the daemon does not know a service.
	ErrUnknownService error = &Error{Code: CodeUnknownService, RequestSent: true, message: "unknown service"}

	// ErrAlreadyMonitored is returned by Monitor if the service is already monitored.
	ErrAlreadyMonitored error = &Error{Code: CodeAlreadyMonitored, RequestSent: true, message: "already monitored"}

	// ErrNotSupported means that this version of the daemon does not support the operation. Use errors.Is to
	// find it.
	ErrNotSupported error = &Error{Code: CodeNotSupported, message: "operation not supported"}
)

// Code is the kind of an error. A program must expect codes that it does not know.
type Code int32

// The kinds of errors.
const (
	// CodeInvalidArgument means that an argument is not valid. Nothing was sent, opened or changed.
	CodeInvalidArgument Code = capi.InvalidArgument
	// CodeInvalidName means that a name is empty, is longer than 250 bytes, or contains a NUL, a newline or a
	// /.
	CodeInvalidName Code = capi.InvalidName
	// CodeInvalidSignal means that zinit does not know the signal. Nothing was sent.
	CodeInvalidSignal Code = capi.InvalidSignal
	// CodeInvalidService means that the daemon would refuse the definition. Nothing was sent or written.
	CodeInvalidService Code = capi.InvalidService
	// CodeUnknownService means that the daemon does not know the service.
	CodeUnknownService Code = capi.UnknownService
	// CodeAlreadyMonitored means that the service is already monitored.
	CodeAlreadyMonitored Code = capi.AlreadyMonitored
	// CodeServiceUp means that the service must be stopped first.
	CodeServiceUp Code = capi.ServiceUp
	// CodeServiceDown means that the service has no process.
	CodeServiceDown Code = capi.ServiceDown
	// CodeShuttingDown means that the daemon is shutting down and does not start services any more.
	CodeShuttingDown Code = capi.ShuttingDown
	// CodeConfigRefused means that the daemon could not load the service's file: it is missing, or a key is
	// invalid.
	CodeConfigRefused Code = capi.ConfigRefused
	// CodeNotSupported means that this version of the daemon does not support the operation.
	CodeNotSupported Code = capi.NotSupported
	// CodeDaemon means that the daemon refused for another reason. DaemonMessage has the daemon's words.
	CodeDaemon Code = capi.DaemonRefused
	// CodeTimeout means that the service did not reach the wanted state within the timeout.
	CodeTimeout Code = capi.Timeout
	// CodeCancelled means that the context has ended. Commands that were already sent are not undone.
	CodeCancelled Code = capi.Cancelled
	// CodeTargetChanged means that somebody else stopped or started the service during the wait.
	CodeTargetChanged Code = capi.TargetChanged
	// CodeServiceFailed means that the service failed: it will not reach the wanted state by itself.
	CodeServiceFailed Code = capi.ServiceFailed
	// CodeNotRunning means that there is no socket, or that no daemon listens on it.
	CodeNotRunning Code = capi.NotRunning
	// CodePermission means that this user may not connect to the daemon's socket, or that the process behind
	// /tmp/zinit.sock is another user's: see Options.Socket. Nothing was sent.
	CodePermission Code = capi.Permission
	// CodeIO means that a system call failed.
	CodeIO Code = capi.IO
	// CodeNoReply means that the daemon did not answer within the I/O timeout. It may still have acted.
	CodeNoReply Code = capi.NoReply
	// CodeClosed means that the daemon closed the connection before its reply was complete. It may still have
	// acted.
	CodeClosed Code = capi.Closed
	// CodeProtocol means that the reply does not follow the daemon's protocol, or that the daemon speaks another
	// protocol than Options.Protocol says.
	CodeProtocol Code = capi.Protocol
	// CodeReplyTooLarge means that the reply is larger than the client allows.
	CodeReplyTooLarge Code = capi.ReplyTooLarge
	// CodeFileNotFound means that the service file does not exist.
	CodeFileNotFound Code = capi.FileNotFound
	// CodeFileIO means that a service file cannot be read, written or removed.
	CodeFileIO Code = capi.FileIO
	// CodeFileSyntax means that the content of a service file is not a service definition.
	CodeFileSyntax Code = capi.FileSyntax
	// CodeVersion means that the library could not find out the daemon's version.
	CodeVersion Code = capi.VersionUnknown
	// CodeInternal means that the library has a defect.
	CodeInternal Code = capi.Internal
)

// String returns the name of a code in the C library's header, such as "ZINIT_ERR_TIMEOUT", or "Code(12345)" for
// a code that the library does not know.
func (c Code) String() string {
	if name := capi.CodeName(int32(c)); name != "ZINIT_UNKNOWN_CODE" {
		return name
	}
	return fmt.Sprintf("Code(%d)", int32(c))
}

// Step is what was being done with a service of a group. A program must expect steps that it does not know.
type Step int32

// The steps. In a group, no service fails at the other steps of the C library.
const (
	// StepNone means that nothing was done to the service. Its definition was read, or the daemon was asked for it.
	StepNone Step = capi.StepNone
	// StepStopping means that the service was told to stop.
	StepStopping Step = capi.StepStopping
	// StepKilling means that SIGKILL was sent to the service.
	StepKilling Step = capi.StepKilling
	// StepStopped means that the service is stopped, and that it was not told to start.
	StepStopped Step = capi.StepStopped
	// StepForgetting means that the daemon was told to forget the service.
	StepForgetting Step = capi.StepForgetting
	// StepRemoving means that the definition of the service was being removed.
	StepRemoving Step = capi.StepRemoving
	// StepStarting means that the daemon was told to start or to monitor the service.
	StepStarting Step = capi.StepStarting
)

// String returns the word for a step, such as "Stopping", or "Step(12345)" for a step that the library does not know.
func (s Step) String() string {
	if name := capi.StepName(int32(s)); name != "" {
		return name
	}
	return fmt.Sprintf("Step(%d)", int32(s))
}

// Error is the reason why a call failed. errors.Is finds in it:
//   - the sentinel of its code
//   - the system's error that caused it, such as os.ErrNotExist for a missing service file
//   - os.ErrDeadlineExceeded for CodeTimeout and CodeNoReply
//   - for CodeCancelled, the error of the context that ended the call, and its cause (see context.Cause)
//   - for a group, whatever is in the errors of its services
type Error struct {
	// Code is the kind of the error.
	Code Code
	// Service is the service that the error is about; "" if it is not about a service.
	Service string
	// DaemonMessage has the daemon's own words; "" if it was not the daemon that refused.
	DaemonMessage string
	// RequestSent says that a command was sent before the failure: the daemon may have acted on it.
	RequestSent bool
	// State is the last state that was seen of the service, for CodeServiceFailed, CodeTimeout and
	// CodeTargetChanged.
	State ServiceState
	// Step is where a service of a group failed. Only the errors in Failures have it.
	Step Step
	// Failures has the errors of a group's services, in the order in which the services were given.
	Failures []*Error

	message string
	causes  []error
}

// Error returns a message on one line: what was tried, on which service, what came back, and what to do.
func (e *Error) Error() string {
	return e.message
}

// Is returns whether target is the sentinel of this kind of error.
func (e *Error) Is(target error) bool {
	switch e.Code {
	case CodeUnknownService:
		return target == ErrUnknownService
	case CodeAlreadyMonitored:
		return target == ErrAlreadyMonitored
	case CodeNotSupported:
		return target == ErrNotSupported
	case CodeTimeout, CodeNoReply:
		return target == os.ErrDeadlineExceeded
	}
	return false
}

// Timeout returns whether time was up: that of the call, that of an exchange with the daemon, or the deadline of the
// context. This is the method of net.Error and of the errors of package os.
func (e *Error) Timeout() bool {
	if e.Code == CodeCancelled {
		for _, cause := range e.causes {
			if errors.Is(cause, context.DeadlineExceeded) {
				return true
			}
		}
		return false
	}
	return e.Code == CodeTimeout || e.Code == CodeNoReply
}

// Unwrap returns the system's error, or the error of the context that has ended and its cause, and the errors of
// a group's services; nothing if none of them caused the failure.
func (e *Error) Unwrap() []error {
	errs := append([]error(nil), e.causes...)
	for _, failed := range e.Failures {
		errs = append(errs, failed)
	}
	return errs
}

// sentinel replaces an error by the value with the same code that callers compare with ==.
func sentinel(err, value error) error {
	if failed, ok := err.(*Error); ok && failed.Is(value) {
		return value
	}
	return err
}

// fromC converts an error of the library to an error of this package.
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
		RequestSent: failed.RequestSent, Step: Step(failed.Step), message: failed.Message,
	}
	if failed.State.Text != "" {
		result.State = stateOf(failed.State)
	}
	if failed.ContextErr != nil {
		result.causes = append(result.causes, failed.ContextErr)
	}
	// Without a cause of its own, a context has its error for one.
	if failed.Cause != nil && failed.Cause != failed.ContextErr {
		result.causes = append(result.causes, failed.Cause)
	}
	switch {
	case failed.Cause != nil:
	case failed.Errno != 0:
		result.causes = append(result.causes, syscall.Errno(failed.Errno))
	case result.Code == CodeFileNotFound:
		// It was the daemon that did not find the file, and no system call of this process.
		result.causes = append(result.causes, os.ErrNotExist)
	}
	for _, one := range failed.Failures {
		result.Failures = append(result.Failures, errorFromC(one))
	}
	return result
}
