import type { Route, Segment } from './definition.ts'

const rank = { exact: 0, variable: 1, greedy: 2 } as const

const parameters = (
  segments: readonly Segment[],
  path: readonly string[],
): Record<string, string> | undefined => {
  const found: Record<string, string> = {}
  for (const [i, segment] of segments.entries()) {
    const value = path[i]
    if (value === undefined || value === '') return undefined
    if (segment.kind === 'greedy') return { ...found, [segment.name]: path.slice(i).join('/') }
    if (segment.kind === 'exact' && segment.text !== value) return undefined
    if (segment.kind === 'variable') found[segment.name] = value
  }
  return segments.length === path.length ? found : undefined
}

/**
 * Sorts the more specific route first: from the left, exact before variable before greedy; a method before
 * ANY.
 */
const bySpecificity = (a: Route, b: Route): number => {
  for (const [i, segment] of a.segments.entries()) {
    const other = b.segments[i]
    if (other && rank[segment.kind] !== rank[other.kind]) return rank[segment.kind] - rank[other.kind]
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY')
}

/**
 * The path of a request, decoded before matching, as in HTTP APIs: an escaped slash separates segments.
 * Undefined for a malformed escape. Undocumented; measured in
 * https://github.com/aws/aws-lambda-dotnet/pull/1901
 */
export const decodePath = (url: string): string | undefined => {
  const [path = '/'] = url.split('?', 1)
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/**
 * The route that matches a decoded path, with its path parameters; undefined if none matches.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export const findRoute = (routes: readonly Route[], method: string, path: string) => {
  const segments = path === '/' ? [] : path.slice(1).split('/')
  const serving = routes
    .filter((route) => route.method === method || route.method === 'ANY')
    .flatMap((route) => {
      const found = parameters(route.segments, segments)
      return found ? [{ route, parameters: found }] : []
    })
  return serving.sort((a, b) => bySpecificity(a.route, b.route))[0]
}
