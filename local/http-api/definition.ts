/** The template's HTTP API, ready to serve. */
export type HttpApi = {
  id: string
  stage: string
  routes: readonly Route[]
  /** The stage's token bucket; absent: no limit. */
  throttle?: { ratePerSecond: number; burst: number } | undefined
}

export type Route = {
  /** As declared: `GET /v1/docks/{dockSn}`. */
  key: string
  method: string
  segments: readonly Segment[]
  functionArn: string
  timeoutMs: number
  authorizer?: Authorizer | undefined
}

export type Segment =
  | { kind: 'exact'; text: string }
  | { kind: 'variable'; name: string }
  | { kind: 'greedy'; name: string }

export type Authorizer = { issuer: string; audience: readonly string[]; scopes: readonly string[] }

const segment = (text: string): Segment => {
  const [, name, plus] = /^\{([^}+]+)(\+?)\}$/.exec(text) ?? []
  if (name === undefined) return { kind: 'exact', text }
  return plus ? { kind: 'greedy', name } : { kind: 'variable', name }
}

/** `GET /v1/docks/{dockSn}` as method and segments. @throws Error for `$default`, which is not emulated. */
export const parseRouteKey = (key: string): { method: string; segments: Segment[] } => {
  const [, method, path] = /^([A-Z]+) \/(.*)$/.exec(key) ?? []
  if (method === undefined || path === undefined) throw new Error(`route key ${key} cannot be served locally`)
  return { method, segments: path === '' ? [] : path.split('/').map(segment) }
}
