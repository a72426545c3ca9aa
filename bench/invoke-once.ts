/**
 * A cold start: loads the bundle named first, hands it the event named second, prints the ms since the
 * process began, by the clock and of CPU time, and the answer.
 */
const [, , bundle = '', event = '{}'] = process.argv
const { handler } = await import(bundle)
const answer = await handler(JSON.parse(event))
const answered = performance.now()
const { user, system } = process.cpuUsage()
console.error(JSON.stringify({ answered, cpu: (user + system) / 1_000, answer }))
process.exit(0)
