/**
 * A cold start: loads the bundle of the first argument, passes it the event of the second, prints the ms
 * since the start of the process, elapsed and CPU, and the answer.
 */
const [, , bundle = '', event = '{}'] = process.argv
const { handler } = await import(bundle)
const answer = await handler(JSON.parse(event))
const answered = performance.now()
const { user, system } = process.cpuUsage()
console.error(JSON.stringify({ answered, cpu: (user + system) / 1_000, answer }))
process.exit(0)
