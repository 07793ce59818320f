//go:build !race

package zinit_test

const withRaceDetector = false
