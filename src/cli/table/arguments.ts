/** Arguments that many commands take. */
export const NAME = { name: '<name>', about: 'the session; a unique beginning of its name is enough' }
export const NAMES = { name: '<name...>', about: 'the sessions; a unique beginning of each name is enough' }
