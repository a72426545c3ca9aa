import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseRule, type RuleMessage } from '../../../local/iot/sql.ts'
import { parseTemplate } from '../../../local/iot/substitution.ts'

const version = '2016-03-23'

const message = (payload: unknown, topic = 'topic/subtopic'): RuleMessage => ({
  topic,
  payload: Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload)),
  clientId: 'client-1',
  now: () => 1_481_825_251_155,
  newId: () => '123a4567-b89c-12d3-e456-789012345000',
})

/** What is selected; undefined where nothing is. */
const run = (sql: string, payload: unknown, topic?: string): unknown => {
  const selected = parseRule(sql, version).evaluate(message(payload, topic))
  return selected && JSON.parse(selected.toString())
}

/** The value of one expression. */
const resultOf = (expression: string, payload: unknown = {}): unknown => {
  const selected = run(`SELECT ${expression} AS it FROM 'topic/subtopic'`, payload)
  assert.ok(typeof selected === 'object' && selected !== null)
  return 'it' in selected ? selected.it : undefined
}

const ours =
  "SELECT encode(*, 'base64') AS payload, topic(3) AS source, timestamp() AS receivedAt, newuuid() AS receiptId, clientid() AS clientId FROM 'thing/product/+/events'"
const method = "decode(encode(*, 'base64'), 'base64').method"
const choosing = `${ours} WHERE get_or_default(${method}, 'a') IN ['a', 'b']`

test('the statement of the rules hands on any payload with what the broker knows', () => {
  const payload = { method: 'a', source: 'forged' }
  assert.deepEqual(run(choosing, payload, 'thing/product/SN1/events'), {
    payload: Buffer.from(JSON.stringify(payload)).toString('base64'),
    source: 'SN1',
    receivedAt: 1_481_825_251_155,
    receiptId: '123a4567-b89c-12d3-e456-789012345000',
    clientId: 'client-1',
  })
})

test('IN tells whether the list holds the value, and a default stands in for none', () => {
  for (const payload of [{ method: 'b' }, { bid: 'b' }, { method: null }, [], 'a', 5])
    assert.notEqual(run(choosing, payload), undefined, JSON.stringify(payload))
  for (const payload of [{ method: 'osd' }, { method: ['a'] }, { method: 1 }, { method: {} }])
    assert.equal(run(choosing, payload), undefined, JSON.stringify(payload))
  assert.equal(resultOf(`${method} IN ['a']`), undefined)
  assert.equal(resultOf("'3' IN [3]"), false)
})

test('encode(*) round-trips any bytes, those that are not JSON too', () => {
  const rule = parseRule(choosing, version)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { payload } = JSON.parse(String(rule.evaluate(message(Buffer.from(bytes)))))
      assert.deepEqual(Buffer.from(payload, 'base64'), Buffer.from(bytes))
    }),
  )
})

/** With the examples of AWS's pages where they have some. */
const documented: readonly [expression: string, expected: unknown][] = [
  ["encode('hello', 'base64')", 'aGVsbG8='],
  ["encode('hello', 'hex')", undefined],
  ["decode('eyJhIjp7ImIiOjF9fQ==', 'base64').a.b", 1],
  ["decode('aGVsbG8=', 'base64')", 'hello'],
  ["decode('%', 'base64')", null],
  ["decode('e30=', 'base64').constructor", undefined],
  ["regexp_matches('aaaa', 'a{2,}')", true],
  ["regexp_matches('aaaa', 'b')", false],
  ["regexp_matches(5, '^5$')", true],
  ["regexp_matches(topic(9), '.')", undefined],
  ["regexp_matches(true, '^true$')", true],
  ["regexp_matches(decode('bnVsbA==', 'base64'), '.')", undefined],
  // {"a":{"b":["c",1]}} and [1,"d"], as JSON.
  ["regexp_matches(decode('eyJhIjogeyJiIjogWyJjIiwgMV0gfSB9', 'base64'), '\"b\":.\"c\",1')", true],
  ["regexp_matches(decode('WzEsICJkIl0=', 'base64'), '^.1,\"d\".$')", true],
  ["regexp_matches('a', '(')", undefined],
  ["CASE 'yellow' WHEN 'green' THEN 'go' WHEN 'yellow' THEN 'caution' ELSE 'none' END", 'caution'],
  ["CASE 'blue' WHEN 'green' THEN 'go' ELSE 'none' END", 'none'],
  ["CASE 'blue' WHEN 'green' THEN 'go' END", undefined],
  ["CASE topic(9) WHEN 'green' THEN 'go' ELSE 'none' END", undefined],
  ['case 1 IN [1] when false then 1 when true then 2 when true then 3 end', 2],
  ["CASE '1' WHEN 1 THEN 'same' ELSE 'other type' END", 'other type'],
  ['CASE topic() WHEN topic(9) THEN 1 ELSE CASE 1 WHEN 1 THEN 2 END END', 2],
  ["get(decode('WzEsMl0=', 'base64'), 1)", 2],
  ["isUndefined(get(decode('WzEsMl0=', 'base64'), 2))", true],
  ["isUndefined(get(decode('W251bGxd', 'base64'), 0))", false],
  ["isUndefined(get('ab', 0))", true],
  ["NOT topic() IN ['x'] AND 1 IN [1]", true],
  ['1 IN [1] OR 1 IN [2] AND 1 IN [3]', true],
  ['(1 IN [1] OR 1 IN [2]) AND 1 IN [3]', false],
  ['1 IN [1] OR topic(9) IN [1]', undefined],
  ['NOT topic(9) IN [1]', undefined],
  ['topic()', 'topic/subtopic'],
  ['Topic(1)', 'topic'],
  ['topic(9)', undefined],
  ["'it''s'", "it's"],
]
for (const [expression, expected] of documented)
  test(`${expression} is ${JSON.stringify(expected)}`, () => assert.deepEqual(resultOf(expression), expected))

test('a message that did not come over MQTT has no client', () => {
  const { clientId: _, ...rest } = message({})
  const selected = parseRule("SELECT clientid() AS c FROM 'a'", version).evaluate(rest)
  assert.equal(String(selected), '{"c":"n/a"}')
})

test('topic filters match as AWS does it', () => {
  const matches = (filter: string, topic: string) =>
    parseRule(`SELECT topic() AS t FROM '${filter}'`, version).matches(topic)
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

/** A substitution template. */
const of = (expression: string): string => `\${${expression}}`
const filled = (field: string, payload: unknown = {}) => parseTemplate(field, version).fill(message(payload))

test('a field of an action is filled in from the message', () => {
  const member = of("decode(encode(*, 'base64'), 'base64').a")
  assert.equal(filled('https://a/b'), 'https://a/b')
  assert.equal(filled(`${of('topic(1)')}-${of('topic(2)')}/x`), 'topic-subtopic/x')
  for (const [a, text] of [
    ['b', '[b]'],
    [5, '[5]'],
    [false, '[false]'],
    [[1, 'c'], '[[1,"c"]]'],
    [{ d: null }, '[{"d":null}]'],
    [null, '[]'],
    [undefined, '[]'],
  ] as const)
    assert.equal(filled(`[${member}]`, { a }), text)
  assert.deepEqual(
    ['x', `x${member}`].map((field) => parseTemplate(field, version).isFixed),
    [true, false],
  )
})

test('a field that is filled in otherwise than we know stops the start by name', () => {
  const refused = (field: string, reason: RegExp, sqlVersion: string | undefined = version) =>
    assert.throws(() => parseTemplate(field, sqlVersion), reason, field)
  refused(`a${of('topic()').slice(0, -1)}`, /not closed/)
  refused(of("regexp_matches(topic(), 'a{2}')"), /has braces in it/)
  refused(`$${of('topic()')}`, /"\$\$"/)
  refused(of('upper(topic())'), /upper\(\) is not supported/)
  refused(of('payload'), /a name of the payload \(payload\)/)
  refused(of('topic() AS t'), /expected the end, found "AS"/)
  refused(of(''), /expected a name, found "the end"/)
  refused('a', /version 2015-10-08 /, '2015-10-08')
})

test('what is not supported stops the start by name', () => {
  const refused = (sql: string, reason: RegExp, sqlVersion: string | undefined = version) =>
    assert.throws(() => parseRule(sql, sqlVersion), reason, sql)
  refused("SELECT aws_lambda('f') AS x FROM 'a'", /aws_lambda\(\) is not supported/)
  refused("SELECT upper('f') AS x FROM 'a'", /upper\(\) is not supported/)
  refused("SELECT constructor('f') AS x FROM 'a'", /constructor\(\) is not supported/)
  refused("SELECT method AS x FROM 'a'", /a name of the payload \(method\)/)
  refused("SELECT * FROM 'a'", /expected a name, found "\*"/)
  refused("SELECT topic(1 + 1) AS x FROM 'a'", /expected "\)", found "\+"/)
  refused("SELECT CASE topic() ELSE 1 END AS x FROM 'a'", /expected WHEN, found "ELSE"/)
  refused("SELECT CASE topic() WHEN 'a' THEN 1 AS x FROM 'a'", /expected END, found "AS"/)
  refused("SELECT (SELECT n FROM e) AS x FROM 'a'", /a name of the payload \(SELECT\)/)
  refused("SET @x = 1 SELECT topic() AS t FROM 'a'", /expected SELECT, found "SET"/)
  refused("SELECT topic() AS t FROM '$aws/events/subscriptions/subscribed/+'", /reserved topic/)
  refused("SELECT topic() FROM 'a'", /expected AS, found "FROM"/)
  refused("SELECT topic() AS t FROM 'a' WHERE topic() = 'y'", /expected the end, found "="/)
  refused("SELECT topic() AS t FROM 'a' WHERE topic() IN ('a', 'b')", /expected "\["/)
  refused("SELECT topic() AS t FROM 'a'", /version 2015-10-08 /, '2015-10-08')
  assert.throws(() => parseRule("SELECT topic() AS t FROM 'a'", undefined), /the default/)
})
