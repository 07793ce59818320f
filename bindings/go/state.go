package zinit

import (
	"errors"
	"regexp"
	"strings"
)

// PossibleState is the word of a service's state.
type PossibleState string

const (
	// ServiceStateUnknown is a service of which nothing is known yet.
	ServiceStateUnknown PossibleState = "unknown"
	// ServiceStateRunning is a service whose process lives, and whose test, if it has one, has passed.
	ServiceStateRunning = "running"
	// ServiceStateBlocked is a service that waits for one that it runs after.
	ServiceStateBlocked = "blocked"
	// ServiceStateSpawned is a service whose process lives, and whose test has not passed yet.
	ServiceStateSpawned = "spawned"
	// ServiceStateSuccess is a service whose process ended with exit code 0.
	ServiceStateSuccess = "success"
	// ServiceStateError is a service whose process ended otherwise.
	ServiceStateError = "error"
	// ServiceStateFailure is a service that cannot be spawned, for want of its executable for example.
	ServiceStateFailure = "failure"
	// ServiceStateTestFailure is a service whose test cannot be run. It may stay so after a stop.
	ServiceStateTestFailure = "testfailure"
)

// ServiceState is the state of a service: a word, and for some of them a reason.
type ServiceState struct {
	state  PossibleState
	reason string
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

// stateOf is a state that the library has read. What only the library can read keeps its text.
func stateOf(text string) ServiceState {
	var state ServiceState
	if err := state.UnmarshalText([]byte(text)); err != nil {
		state.state = PossibleState(strings.ToLower(text))
	}
	return state
}

// String is the text of a state in lower case. The zero state is "unknown".
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

// Is tells whether the word of the state is this one, whatever the reason.
func (s *ServiceState) Is(state PossibleState) bool {
	return strings.EqualFold(string(s.state), string(state))
}

// Any tells whether the word of the state is one of these.
func (s *ServiceState) Any(states ...PossibleState) bool {
	for _, state := range states {
		if s.Is(state) {
			return true
		}
	}
	return false
}

// Exited tells whether the word is success, error, failure or blocked. It says nothing of a process: a service is stopped
// when its target is down and its pid is 0, whatever its state.
func (s *ServiceState) Exited() bool {
	return s.Any(ServiceStateSuccess, ServiceStateError, ServiceStateFailure, ServiceStateBlocked)
}

// MarshalYAML writes a state as its text.
func (s *ServiceState) MarshalYAML() (interface{}, error) {
	return s.String(), nil
}

// ServiceTarget is what the daemon works towards.
type ServiceTarget string

const (
	// ServiceTargetUp is a service that is to run.
	ServiceTargetUp ServiceTarget = "Up"
	// ServiceTargetDown is a service that is to be stopped.
	ServiceTargetDown = "Down"
)

// UnmarshalYAML reads a target, in lower case.
func (s *ServiceTarget) UnmarshalYAML(unmarshal func(interface{}) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	*s = ServiceTarget(strings.ToLower(text))
	return nil
}

// ServiceStatus is a service at one moment.
type ServiceStatus struct {
	// Name is the service's name.
	Name string `json:"name"`
	// Pid is its process; 0 whenever none lives.
	Pid int `json:"pid"`
	// State is its state.
	State ServiceState `json:"state"`
	// Target is what the daemon works towards.
	Target ServiceTarget `json:"target"`
	// After are the services that it runs after, with the text of their states.
	After map[string]string `json:"after"`
}
