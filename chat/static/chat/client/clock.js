// Time as the client library uses it; the tests bring one that they move by hand. `now` is what the clock on the wall
// says, and may jump; `elapsed` only ever goes on, and is what durations are measured by.
export const systemClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimeout: (run, milliseconds) => globalThis.setTimeout(run, milliseconds),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
}
