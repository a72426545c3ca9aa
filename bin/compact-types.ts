/**
 * Prepares the generator's input for `npm run client-types` and compacts its output: the types, and the
 * comments that an editor shows. https://openapi-ts.dev/cli
 */

/** Examples are for readers of the document, and a typed client reads no response headers. */
const leftOut = ['example', 'examples', 'headers']

/**
 * Types have no formats. That a text is a time is worth a word in the description, a number's bit width is
 * not.
 */
const withFormatInWords = (one: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const { format, description, ...rest } = one
  if (typeof format !== 'string') return one
  return {
    ...rest,
    ...(typeof description === 'string'
      ? { description: format === 'date-time' ? `${description} A date-time.` : description }
      : {}),
  }
}

/**
 * The document without parts that produce no type. `areNames`: the keys of `value` are user-defined names,
 * such as properties.
 */
export const withoutExamples = (value: unknown, areNames = false): unknown => {
  if (Array.isArray(value)) return value.map((item) => withoutExamples(item))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) =>
      !areNames && leftOut.includes(name)
        ? []
        : [[name, withoutExamples(part, !areNames && name === 'properties')]],
    ),
  )
  return areNames ? kept : withFormatInWords(kept)
}

/** The line width of the project's sources. */
const lineWidth = 110

const nothing =
  /^ +(?:query|header|path|cookie|get|put|post|delete|options|head|patch|trace|requestBody)\?: never;\n/gm

/** On one line if that fits; a list keeps its lines. */
const commentOf = (indent: string, body: string): string => {
  const lines = body
    .split('\n')
    .map((line) => line.replace(/^ +\*/, '').replace('@description ', '').trim())
    .filter((line) => line !== '' && !/^@(enum|constant)/.test(line))
  const line = `${indent}/** ${lines.join(' ')} */`
  return lines.length === 1 || (line.length <= lineWidth && !lines.some((one) => one.startsWith('- ')))
    ? `${line}\n`
    : `${indent}/**\n${lines.map((one) => `${indent} * ${one}\n`).join('')}${indent} */\n`
}

/** Puts an object with one member on one line, if that fits. */
const onOneLine = (types: string): string =>
  types.replace(/^(.*\{)\n +([^\s/].*;)\n +(\}.*)$/gm, (whole, open, member, close) => {
    const line = `${open} ${member.slice(0, -1)} ${close}`
    return member.endsWith('{') || line.length > lineWidth ? whole : line
  })

const ofAny =
  /^ {12}\d+: components\["responses"\]\["(?:Unauthorized|Forbidden|TooManyRequests|HeadTooLarge|Failed)"\];\n/gm

/** Moves the answers that every operation may give to one place before the operations. */
const withAnswersOfAny = (types: string): string => {
  const lines = [...new Set(types.match(ofAny))].sort()
  return types
    .replace(ofAny, '')
    .replace(/^ {8}responses: \{$/gm, '        responses: AnswersOfAny & {')
    .replace(
      /^export interface operations/m,
      `/** What any operation may answer. */\nexport interface AnswersOfAny {\n${lines.join('').replace(/^ {12}/gm, '    ')}}\n$&`,
    )
}

/** The types without declarations of absent things, which `openapi-fetch` does not need. */
export const compact = (types: string): string => {
  const shorter = types
    .replace(nothing, '')
    .replace(/^ +headers: \{\n +\[name: string\]: unknown;\n +\};\n/gm, '')
    .replace(/^ {8}parameters: \{\n +\};\n(?= +\/\*\*\n)/gm, '')
    // Without this, openapi-fetch would accept any parameters.
    .replace(/^( +parameters: )\{\n +\};$/gm, '$1{ query?: never };')
    .replace(/^( +)\/\*\*\n((?: +\*(?: .*)?\n)+?) +\*\/\n/gm, (_, indent, body) => commentOf(indent, body))
    .replaceAll('/** @description ', '/** ')
  return withAnswersOfAny(onOneLine(onOneLine(shorter)))
}
