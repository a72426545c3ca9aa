import fc from 'fast-check'

/** Ways to spoil a JSON document that once made sense. */

const at = fc.nat(60)
/**
 * What programs choke on: ends of number ranges, texts that are no text, names that JavaScript knows, depth
 * and length.
 */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    1e300,
    -1e300,
    -0,
    -1,
    1.5,
    2 ** 53,
    5e-324,
    '',
    ' ',
    '0',
    '1e5',
    'NaN',
    'null',
    null,
    true,
    [],
    {},
    [[]],
    '\ud800',
    '\u0000',
    '\u202e',
    '__proto__',
    'constructor',
    'a'.repeat(5_000),
    '💥'.repeat(300),
    '../..',
    '%00',
    Array(300).fill(0),
    Array(50).fill({}),
    { toString: 1, valueOf: 1 },
    Object.fromEntries(Array.from({ length: 200 }, (_, n) => [n, n])),
  ),
  fc.nat(400).map((depth) => nested(depth)),
)

const nested = (depth: number): unknown => {
  let value: unknown = 0
  for (let n = 0; n < depth; n += 1) value = n % 2 === 0 ? [value] : { a: value }
  return value
}

type Change = { kind: 'delete' | 'rename' | 'retype' | 'double'; at: number; name: string; value: unknown }

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('delete', 'rename', 'retype', 'double'),
  at,
  name: fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', ''), fc.string({ maxLength: 8 })),
  value: hostile,
})

/** Goes through a document and changes its n-th field or element. */
const changed = (document: unknown, { kind, at, name, value }: Change): unknown => {
  let seen = -1
  const entries = (key: string, inner: unknown): [string, unknown][] => {
    seen += 1
    if (seen !== at) return [[key, walk(inner)]]
    if (kind === 'delete') return []
    if (kind === 'rename') return [[name, inner]]
    return kind === 'retype' ? [[key, value]] : [[key, [inner, inner]]]
  }
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part))
      return part.flatMap((inner, n) => entries(String(n), inner).map(([, one]) => one))
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).flatMap(([key, inner]) => entries(key, inner)))
  }
  return walk(document)
}

/** One of the documents with a few things wrong, or any JSON at all. */
export const spoiltJson = (documents: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: 4 }))
        .map(([document, changes]) => changes.reduce(changed, document)),
    },
    { weight: 1, arbitrary: hostile },
  )

/**
 * The bytes of spoilt documents, whole, cut off, with a byte that is wrong, or said many times over; and any
 * bytes.
 */
export const spoiltBytes = (documents: readonly unknown[]): fc.Arbitrary<Buffer> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(spoiltJson(documents), fc.constantFrom('whole', 'cut', 'byte', 'often'), fc.nat(), fc.nat(255))
        .map(([document, how, place, byte]) =>
          spoilt(Buffer.from(JSON.stringify(document)), how, place, byte),
        ),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  )

const spoilt = (bytes: Buffer, how: string, place: number, byte: number): Buffer => {
  if (how === 'cut') return bytes.subarray(0, place % (bytes.length + 1))
  if (how === 'often') return Buffer.concat(Array.from({ length: place % 20 }, () => bytes))
  if (how === 'byte' && bytes.length > 0) bytes[place % bytes.length] = byte
  return bytes
}
