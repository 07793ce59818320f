//go:build race

package zinit_test

// The race detector keeps memory of its own for all that was ever touched.
const withRaceDetector = true
