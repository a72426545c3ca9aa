import { SourceMap, type SourceMapPayload } from 'node:module'

/** Where the build keeps a source map for each function, beside what is deployed. */
export const sourceMapsFolder = 'source-maps'

/** The map of a function's code by its file, `api/register-docks`; undefined where there is none. */
export type MapOf = (file: string) => SourceMapPayload | undefined

/** A place in what a bundle was made of: Lambda's own folder and those of the local runtime are before it. */
const place = /[^\s("']*\bindex\.mjs:(\d+):(\d+)/g

/**
 * A log line in which each place in a function's code is that in our files. Which function it was is told by
 * `file`, or by the name of the log group or the function in the line, which is the file's without hyphens.
 * The rest of the line stays as it is.
 */
export const withPlaces = (
  line: string,
  mapOf: MapOf,
  files: readonly string[],
  file = functionIn(line, files),
): string => {
  if (!file || line.search(place) < 0) return line
  const payload = mapOf(file)
  if (!payload) return line
  const map = new SourceMap(payload)
  return line.replaceAll(place, (found, lineNumber: string, column: string) => {
    const entry = map.findEntry(Number(lineNumber) - 1, Number(column) - 1)
    if (!('originalSource' in entry)) return found
    const { originalSource, originalLine, originalColumn } = entry
    return `${originalSource.replace(/^(\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`
  })
}

/** The longest name is meant where one is a part of another. */
const functionIn = (line: string, files: readonly string[]): string | undefined => {
  const said = line.toLowerCase()
  const names = files.map((file) => ({ file, name: file.replace(/^.*\//, '').replaceAll('-', '') }))
  const found = names.filter(({ name }) => said.includes(name))
  return found.toSorted((one, other) => other.name.length - one.name.length)[0]?.file
}
