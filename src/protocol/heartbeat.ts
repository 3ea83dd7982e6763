/** How a stream of events says that it lives where nothing happens. */

/** A heartbeat comes where nothing else came for this long, ms. */
export const HEARTBEAT_MS = 10_000
/** Nothing for this long, not even a heartbeat: the connection is dead, as after a sleep, ms. */
export const SILENCE_MS = 25_000
