package zinit

import (
	"errors"
	"regexp"
	"strings"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// PossibleState is the word of a service's state, without the reason.
type PossibleState string

const (
	// ServiceStateUnknown means that nothing is known about the service yet.
	ServiceStateUnknown PossibleState = "unknown"
	// ServiceStateRunning means that the process is running, and that the test, if there is one, has passed.
	ServiceStateRunning = "running"
	// ServiceStateBlocked means that the service waits for a service that it starts after.
	ServiceStateBlocked = "blocked"
	// ServiceStateSpawned means that the process is running, and that the test has not passed yet.
	ServiceStateSpawned = "spawned"
	// ServiceStateSuccess means that the process ended with exit code 0.
	ServiceStateSuccess = "success"
	// ServiceStateError means that the process ended in another way.
	ServiceStateError = "error"
	// ServiceStateFailure means that the daemon cannot spawn the command, for example because the program is
	// missing.
	ServiceStateFailure = "failure"
	// ServiceStateTestFailure means that the daemon cannot run the test. The state may remain after a stop.
	ServiceStateTestFailure = "testfailure"
)

// ServiceState is the state of a service: a word, and for some words a reason.
//
// zinit 0.3 has words of its own, such as exited: String returns them, and Is goes by what they mean, too.
type ServiceState struct {
	state  PossibleState
	reason string
	// kind is the word of zinit 0.2 for it, where the daemon has another one.
	kind PossibleState
}

var stateText = regexp.MustCompile(`^(\w+)(?:\((.+)\))?$`)

// UnmarshalText reads the text of a state, such as "Running" or "Error(Exited(Pid(1), 3))".
func (s *ServiceState) UnmarshalText(text []byte) error {
	parts := stateText.FindStringSubmatch(string(text))
	if parts == nil {
		return errors.New("invalid service state value")
	}
	s.state = PossibleState(strings.ToLower(parts[1]))
	s.reason = strings.ToLower(parts[2])
	return nil
}

// stateWords are the states without a reason, as the daemon writes them: most of a list needs no expression.
var stateWords = map[string]PossibleState{
	"Unknown": ServiceStateUnknown, "Running": ServiceStateRunning, "Blocked": ServiceStateBlocked,
	"Spawned": ServiceStateSpawned, "Success": ServiceStateSuccess, "Error": ServiceStateError,
	"Failure": ServiceStateFailure, "TestFailure": ServiceStateTestFailure,
}

var stateKinds = map[int32]PossibleState{
	capi.StateUnknown: ServiceStateUnknown, capi.StateBlocked: ServiceStateBlocked,
	capi.StateSpawned: ServiceStateSpawned, capi.StateRunning: ServiceStateRunning,
	capi.StateSuccess: ServiceStateSuccess, capi.StateError: ServiceStateError,
	capi.StateFailure: ServiceStateFailure, capi.StateTestFailure: ServiceStateTestFailure,
}

// stateOf converts a state that the library has read. A text that only the library can read is kept as the
// word.
func stateOf(read capi.State) ServiceState {
	if word, isKnown := stateWords[read.Text]; isKnown {
		return ServiceState{state: word}
	}
	var state ServiceState
	if err := state.UnmarshalText([]byte(read.Text)); err != nil {
		state.state = PossibleState(strings.ToLower(read.Text))
	}
	if kind := stateKinds[read.Kind]; kind != state.state {
		state.kind = kind
	}
	return state
}

// String returns the text of a state in lower case. The zero state is "unknown".
func (s *ServiceState) String() string {
	word := s.state
	if word == "" {
		word = ServiceStateUnknown
	}
	if s.reason == "" {
		return string(word)
	}
	return string(word) + "(" + s.reason + ")"
}

// Is returns whether the state has this word, whatever its reason is, or is the state of zinit 0.3 that means it.
func (s *ServiceState) Is(state PossibleState) bool {
	return strings.EqualFold(string(s.state), string(state)) ||
		s.kind != "" && strings.EqualFold(string(s.kind), string(state))
}

// Any returns whether the state has one of these words.
func (s *ServiceState) Any(states ...PossibleState) bool {
	for _, state := range states {
		if s.Is(state) {
			return true
		}
	}
	return false
}

// Exited returns whether the state is success, error, failure or blocked. This does not say whether a process
// is running: a service is stopped when its target is down and its pid is 0, whatever its state is.
func (s *ServiceState) Exited() bool {
	return s.Any(ServiceStateSuccess, ServiceStateError, ServiceStateFailure, ServiceStateBlocked)
}

// MarshalYAML writes a state as its text.
func (s *ServiceState) MarshalYAML() (interface{}, error) {
	return s.String(), nil
}

// ServiceTarget is the state that the daemon works towards.
type ServiceTarget string

const (
	// ServiceTargetUp means that the daemon keeps the service running.
	ServiceTargetUp ServiceTarget = "Up"
	// ServiceTargetDown means that the daemon keeps the service stopped.
	ServiceTargetDown = "Down"
)

// UnmarshalYAML reads a target and converts it to lower case.
func (s *ServiceTarget) UnmarshalYAML(unmarshal func(interface{}) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	*s = ServiceTarget(strings.ToLower(text))
	return nil
}

// ServiceStatus is the status of a service at one moment.
type ServiceStatus struct {
	// Name is the service's name.
	Name string `json:"name"`
	// Pid is the process id of the process that the daemon spawned; 0 if no process is running.
	Pid int `json:"pid"`
	// State is the service's state.
	State ServiceState `json:"state"`
	// Target is the state that the daemon works towards.
	Target ServiceTarget `json:"target"`
	// After has the services that this service starts after, and the text of their states.
	After map[string]string `json:"after"`
}

// ProcessStats is what one process uses.
type ProcessStats struct {
	// Pid is its process id.
	Pid int `json:"pid"`
	// Memory is the memory that it uses, in bytes.
	Memory uint64 `json:"memory"`
	// CPU is the processor time that it uses, in percent of one processor.
	CPU float64 `json:"cpu"`
}

// ServiceStats is what the processes of a service use at one moment.
type ServiceStats struct {
	// Process is the process that the daemon spawned.
	Process ProcessStats `json:"process"`
	// Children are all descendants of that process, in no order.
	Children []ProcessStats `json:"children"`
}
