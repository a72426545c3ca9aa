export type Package = 'firmware' | 'software'

/**
 * What an attempt is about. `timeoutSeconds`: of silence, after which it is given up. `proveSeconds`: for how
 * long nothing may contradict a claim that no answer confirms.
 */
export type Attempt = {
  id: string
  package: Package
  target: string
  openedAt: number
  timeoutSeconds: number
  proveSeconds: number
  campaignId?: string | undefined
  /** Of the campaign, from 0; undefined: it has none. */
  phase?: number | undefined
  /** What we offer the device; undefined: another platform drives it, and we watch. */
  packageId?: string | undefined
  /** Of a dock or its aircraft: it is offered its package by the dock, and can be asked nothing. */
  machines?: 'docks' | undefined
  requestedBy: string
}
