const NOTES = [{ at: 0, hertz: 660 }, { at: 0.12, hertz: 880 }]
const LONG = 0.35 // seconds
const LOUD = 0.08

let context = null

// Two soft notes. Before the person has touched the page, browsers let it make no sound.
export function chime() {
  if (!globalThis.AudioContext) return
  context ??= new AudioContext()
  context.resume().catch(() => {})
  for (const { at, hertz } of NOTES) note(context.currentTime + at, hertz)
}

function note(start, hertz) {
  const tone = context.createOscillator(), volume = context.createGain()
  tone.frequency.value = hertz
  volume.gain.setValueAtTime(0, start)
  volume.gain.linearRampToValueAtTime(LOUD, start + 0.02)
  volume.gain.exponentialRampToValueAtTime(0.001, start + LONG)
  tone.connect(volume).connect(context.destination)
  tone.start(start)
  tone.stop(start + LONG)
}
