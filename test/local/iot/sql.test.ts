import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseRule, type RuleMessage } from '../../../local/iot/sql.ts'

const version = '2016-03-23'

const message = (payload: unknown, topic = 'topic/subtopic'): RuleMessage => ({
  topic,
  payload: Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload)),
  clientId: 'client-1',
  traceId: 'trace-1',
  accountId: '000000000000',
  now: () => 1_481_825_251_155,
  newId: () => '123a4567-b89c-12d3-e456-789012345000',
})

const run = (sql: string, payload: unknown, topic?: string): unknown => {
  const result = parseRule(sql, version).evaluate(message(payload, topic))
  return result.outcome === 'selected' ? JSON.parse(result.payload.toString()) : result.outcome
}

/** The value of one expression; a missing field is Undefined. */
const resultOf = (expression: string, payload: unknown = {}): unknown => {
  const selected = run(`SELECT ${expression} AS it FROM 'topic/subtopic'`, payload)
  assert.ok(typeof selected === 'object' && selected !== null)
  return 'it' in selected ? selected.it : undefined
}

const ours =
  "SELECT encode(*, 'base64') AS payload, topic(3) AS source, timestamp() AS receivedAt, newuuid() AS receiptId, clientid() AS clientId FROM 'thing/product/+/events'"

test('the statement of the rules hands on any payload with what the broker knows', () => {
  const sql = `${ours} WHERE get_or_default(method, 'fileupload_progress') = 'fileupload_progress'`
  const payload = { method: 'fileupload_progress', source: 'forged' }
  assert.deepEqual(run(sql, payload, 'thing/product/SN1/events'), {
    payload: Buffer.from(JSON.stringify(payload)).toString('base64'),
    source: 'SN1',
    receivedAt: 1_481_825_251_155,
    receiptId: '123a4567-b89c-12d3-e456-789012345000',
    clientId: 'client-1',
  })
  assert.equal(run(sql, { method: 'osd' }, 'thing/product/SN1/events'), 'notSelected')
  assert.notEqual(run(sql, { bid: 'b' }, 'thing/product/SN1/events'), 'notSelected')
  assert.notEqual(run(sql, { method: null }, 'thing/product/SN1/events'), 'notSelected')
})

test('IN tells whether an array holds the value', () => {
  const sql = `${ours} WHERE get_or_default(method, 'a') IN ['a', 'b']`
  assert.notEqual(run(sql, { method: 'b' }), 'notSelected')
  assert.equal(run(sql, { method: 'c' }), 'notSelected')
  const arr = [1, 2, 3, 'three', 5.7, null]
  assert.equal(resultOf('3 IN arr', { arr }), true)
  assert.equal(resultOf("'3' IN arr", { arr }), false)
  assert.equal(resultOf('3 IN other', { arr }), undefined)
})

test('encode(*) round-trips any bytes', () => {
  const rule = parseRule(ours, version)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const result = rule.evaluate(message(Buffer.from(bytes)))
      assert.equal(result.outcome, 'selected')
      if (result.outcome !== 'selected') return
      const { payload } = JSON.parse(result.payload.toString())
      assert.deepEqual(Buffer.from(payload, 'base64'), Buffer.from(bytes))
    }),
  )
})

test('a WHERE that reads a name is not true for a payload that is not JSON', () => {
  const text = Buffer.from('not json {')
  assert.equal(run("SELECT * FROM 'topic/subtopic' WHERE device_type = 'thermostat'", text), 'notSelected')
  assert.equal(run(`${ours} WHERE get_or_default(method, 'x') = 'x'`, text), 'failed')
  const decoding = `${ours} WHERE get_or_default(decode(encode(*, 'base64'), 'base64').method, 'x') = 'x'`
  assert.notEqual(run(decoding, text), 'notSelected')
  assert.notEqual(run(decoding, { method: 'x' }), 'notSelected')
  assert.equal(run(decoding, { method: 'y' }), 'notSelected')
})

test('* alone hands on a payload that is not JSON as it came, but not beside fields', () => {
  const bytes = Buffer.from([0, 255, 1])
  assert.deepEqual(parseRule("SELECT * FROM 'a/b'", version).evaluate(message(bytes)), {
    outcome: 'selected',
    payload: bytes,
  })
  assert.equal(run("SELECT *, timestamp() AS ts FROM 'a/b'", bytes), 'failed')
})

const documented: readonly [sql: string, payload: unknown, expected: unknown][] = [
  ["SELECT color FROM 'topic/subtopic'", { color: 'red', temperature: 50 }, { color: 'red' }],
  [
    "SELECT color as my_color, temperature as fahrenheit FROM 'topic/subtopic'",
    { color: 'red', temperature: 50 },
    { my_color: 'red', fahrenheit: 50 },
  ],
  ["SELECT *, 15 as speed FROM 'topic/subtopic'", { color: 'red' }, { color: 'red', speed: 15 }],
  ["SELECT VALUE color FROM 'topic/subtopic'", { color: 'red' }, 'red'],
  ["SELECT VALUE arr FROM 'topic'", { a: { b: 'c' }, arr: [1, 2, 3, 4] }, [1, 2, 3, 4]],
  ["SELECT color.red as red_value FROM 'topic/subtopic'", { color: { red: 255 } }, { red_value: 255 }],
  ["SELECT foo.bar AS bar.baz FROM 'topic/subtopic'", { foo: { bar: 'RED' } }, { bar: { baz: 'RED' } }],
  [
    "SELECT (temperature - 32) * 5 / 9 AS celsius, upper(color) as my_color FROM 'topic/subtopic'",
    { color: 'red', temperature: 50 },
    { celsius: 10, my_color: 'RED' },
  ],
  [
    "SELECT color AS my_color FROM 'topic/subtopic' WHERE temperature > 50 AND color <> 'red'",
    { color: 'red', temperature: 40 },
    'notSelected',
  ],
  [
    "SELECT decode(encode(*, 'base64'), 'base64') AS value FROM 'topic/subtopic' WHERE decode(encode(*, 'base64'), 'base64') > 50",
    80,
    { value: 80 },
  ],
  [
    'SELECT decode(encoded_temp,"base64").temperature AS temp from \'topic/subtopic\'',
    { encoded_temp: Buffer.from('{ "temperature": 33 }').toString('base64') },
    { temp: 33 },
  ],
  [
    'SELECT * from \'iot/rules\' WHERE get(get(get(mydata,"item2"),"0"),"my-key") = "myValue"',
    { mydata: { item2: { '0': { 'my-key': 'myValue' } } } },
    { mydata: { item2: { '0': { 'my-key': 'myValue' } } } },
  ],
  [
    "SELECT {'latitude': get(lat_long, 0),'longitude':get(lat_long, 1)} as lat_long FROM 'topic/subtopic'",
    { lat_long: [47.606, -122.332] },
    { lat_long: { latitude: 47.606, longitude: -122.332 } },
  ],
  [
    "SELECT [lat,long] as lat_long FROM 'topic/subtopic'",
    { lat: 47.696, long: -122.332 },
    { lat_long: [47.696, -122.332] },
  ],
  [
    "SELECT CASE color WHEN 'green' THEN 'go' WHEN 'yellow' THEN 'caution' ELSE 'dark' END as instructions FROM 'topic/subtopic'",
    { color: 'yellow' },
    { instructions: 'caution' },
  ],
  ["SELECT NULL AS n FROM 'topic/subtopic'", {}, { n: null }],
]

for (const [sql, payload, expected] of documented)
  test(`AWS documents: ${sql}`, () => assert.deepEqual(run(sql, payload), expected))

const documentedFunctions: readonly [expression: string, expected: unknown][] = [
  ['abs(-5)', 5],
  ['abs("-5.123")', 5.123],
  ['abs(true)', undefined],
  ['cast(true as Int)', 1],
  ['cast("12" as Decimal)', 12],
  ['cast(0 as Bool)', false],
  ['concat()', undefined],
  ['concat([1, 2, 3], 4)', [1, 2, 3, 4]],
  ['concat([1, 2, 3], "hello", [4, 5, 6])', [1, 2, 3, 'hello', 4, 5, 6]],
  ['concat("he","is","man")', 'heisman'],
  ['concat(1, "hello")', '1hello'],
  ['endswith("cat","at")', true],
  ['floor(1.2)', 1],
  ['floor(-1.2)', -2],
  ['get(["a", "b", "c"], 1)', 'b'],
  ['get(["a"], 3)', undefined],
  ['get({"a":"b"}, "a")', 'b'],
  ['indexof("abcd", "bc")', 1],
  ['isNull(5)', false],
  ['isNull(Null)', true],
  ['isUndefined(5)', false],
  ['isUndefined(floor([1,2,3]))', true],
  ['length("hi")', 2],
  ['length(false)', 5],
  ['lower("HELLO")', 'hello'],
  ['lower(["HELLO"])', '["hello"]'],
  ['md5("hello")', '5d41402abc4b2a76b9719d911017c592'],
  ['Nanvl(8, 3)', 8],
  ['nanvl(missing, 3)', 3],
  ['numbytes("€")', 3],
  ['replace("abcdabcd", "b", "x")', 'axcdaxcd'],
  ['sql_version()', '2016-03-23'],
  ['startswith("ranger","ran")', true],
  ['startswith(null,"ran")', undefined],
  ['substring("012345", 2)', '2345'],
  ['substring("012345", 2.745)', '2345'],
  ['substring("012345", -1)', '012345'],
  ['substring("012345", 1, 3)', '12'],
  ['substring("012345", 3, 1)', ''],
  ['topic()', 'topic/subtopic'],
  ['topic(1)', 'topic'],
  ['topic(9)', undefined],
  ['Trim(" hi ")', 'hi'],
  ['upper(["hello"])', '["HELLO"]'],
  ['decode("%", "base64")', null],
]

for (const [expression, expected] of documentedFunctions)
  test(`${expression} is ${JSON.stringify(expected)}`, () => assert.deepEqual(resultOf(expression), expected))

test('Undefined spreads through comparisons and logic, mismatched types are unequal', () => {
  assert.equal(resultOf('missing = 1'), undefined)
  assert.equal(resultOf('missing <> 1'), undefined)
  assert.equal(resultOf("'0' = 0"), false)
  assert.equal(resultOf("'0' <> 0"), true)
  assert.equal(resultOf('null = null'), true)
  assert.equal(resultOf('missing = 1 OR true'), undefined)
  assert.equal(resultOf("'TRUE' AND true"), true)
  assert.equal(resultOf('NOT 5'), undefined)
  assert.equal(resultOf("'10' > 9"), true)
  assert.equal(resultOf('null > 1'), undefined)
  assert.equal(resultOf('1 / 0'), undefined)
  assert.equal(resultOf('5 / 2'), 2)
  assert.equal(resultOf('5.5 % 2'), 1.5)
  assert.equal(resultOf("'a' + 1"), 'a1')
  assert.equal(resultOf("'a' + null"), undefined)
  assert.equal(resultOf('constructor'), undefined)
})

test('operators bind as in SQL', () => {
  assert.equal(resultOf('1 + 2 * 3'), 7)
  assert.equal(resultOf('(1 + 2) * 3'), 9)
  assert.equal(resultOf('-a.b - 1', { a: { b: 2 } }), -3)
  assert.equal(resultOf('true OR false AND false'), true)
  assert.equal(resultOf('NOT 1 = 2 AND true'), true)
})

test('a message that did not come over MQTT has neither client nor trace', () => {
  const { clientId: _, traceId: __, ...rest } = message({})
  const result = parseRule("SELECT clientid() AS c, traceid() AS t FROM 'a'", version).evaluate(rest)
  assert.equal(result.outcome === 'selected' && result.payload.toString(), '{"c":"n/a"}')
})

test('topic filters match as AWS does it', () => {
  const matches = (filter: string, topic: string) =>
    parseRule(`SELECT * FROM '${filter}'`, version).matches(topic)
  assert.equal(matches('topic/#', 'topic/subtopic-3/details'), true)
  assert.equal(matches('topic/#', 'topic/'), true)
  assert.equal(matches('topic/#', 'topic'), false)
  assert.equal(matches('topic/#', 'topic-2/subtopic-x'), false)
  assert.equal(matches('topic/+', 'topic/subtopic'), true)
  assert.equal(matches('topic/+', 'topic/subtopic-3/details'), false)
  assert.equal(matches('topic/+', 'topic'), false)
  assert.equal(matches('#', '$SYS/x'), false)
  assert.equal(matches('in/+/devices/+/up', 'in/$oc/devices/d/up'), true)
})

test('what is not supported stops the start by name', () => {
  const parse =
    (sql: string, sqlVersion: string | undefined = version) =>
    () =>
      parseRule(sql, sqlVersion)
  assert.throws(parse("SELECT aws_lambda('f', {}) AS x FROM 'a'"), /aws_lambda\(\) is not supported/)
  assert.throws(parse("SELECT (SELECT VALUE n FROM e) AS x FROM 'a'"), /nested SELECT/)
  assert.throws(parse("SET @x = 1 SELECT * FROM 'a'"), /SET is not supported/)
  assert.throws(parse("SELECT * FROM '$aws/events/subscriptions/subscribed/+'"), /reserved topic/)
  assert.throws(parse("SELECT topic() FROM 'a'"), /needs AS/)
  assert.throws(parse("SELECT * FROM 'a' WHERE x LIKE 'y'"), /expected the end, found "LIKE"/)
  assert.throws(parse("SELECT * FROM 'a' WHERE method IN ('a', 'b')"), /expected "\)"/)
  assert.throws(parse("SELECT lower(*) AS x FROM 'a'"), /expected a name, found "\*"/)
  assert.throws(parse("SELECT cast(a as Date) AS x FROM 'a'"), /cast to Date/)
  assert.throws(parse("SELECT * FROM 'a'", '2015-10-08'), /version 2015-10-08/)
  assert.throws(() => parseRule("SELECT * FROM 'a'", undefined), /the default/)
})
