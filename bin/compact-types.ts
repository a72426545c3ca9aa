/**
 * What `npm run client-types` gives the generator, and what it keeps of its work: the types, and in comments what an
 * editor shows. https://openapi-ts.dev/cli
 */

/** Examples are for those who read the document, headers of answers are read by no typed client. */
const leftOut = ['example', 'examples', 'headers']

/** Types have no formats. Whether a text is a time is worth a word, how many bits a number has is not. */
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

/** The document without what makes no type. `names` are what somebody calls things, such as properties. */
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

/** As the sources of the project. */
const lineWidth = 110

const nothing =
  /^ +(?:query|header|path|cookie|get|put|post|delete|options|head|patch|trace|requestBody)\?: never;\n/gm

/** On one line where that fits; a list stays one. */
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

/** An object with one member on one line, where that fits. */
const onOneLine = (types: string): string =>
  types.replace(/^(.*\{)\n +([^\s/].*;)\n +(\}.*)$/gm, (whole, open, member, close) => {
    const line = `${open} ${member.slice(0, -1)} ${close}`
    return member.endsWith('{') || line.length > lineWidth ? whole : line
  })

const ofAny =
  /^ {12}\d+: components\["responses"\]\["(?:Unauthorized|Forbidden|TooManyRequests|HeadTooLarge|Failed)"\];\n/gm

/** What any operation may answer is said once, before the operations. */
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

/** The types without what they say of what is not there, which `openapi-fetch` does not need. */
export const compact = (types: string): string => {
  const shorter = types
    .replace(nothing, '')
    .replace(/^ +headers: \{\n +\[name: string\]: unknown;\n +\};\n/gm, '')
    .replace(/^ {8}parameters: \{\n +\};\n(?= +\/\*\*\n)/gm, '')
    // Without any, openapi-fetch would take whatever is given.
    .replace(/^( +parameters: )\{\n +\};$/gm, '$1{ query?: never };')
    .replace(/^( +)\/\*\*\n((?: +\*(?: .*)?\n)+?) +\*\/\n/gm, (_, indent, body) => commentOf(indent, body))
    .replaceAll('/** @description ', '/** ')
  return withAnswersOfAny(onOneLine(onOneLine(shorter)))
}
