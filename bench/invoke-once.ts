/** A cold start: loads the bundle named first, hands it the event named second, prints the ms since the process began. */
const [, , bundle = '', event = '{}'] = process.argv
const { handler } = await import(bundle)
const loaded = performance.now()
await handler(JSON.parse(event))
console.error(JSON.stringify({ loaded, answered: performance.now() }))
process.exit(0)
