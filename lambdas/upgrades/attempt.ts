export type Package = 'firmware' | 'software'

/**
 * An attempt to upgrade a device. `timeoutSeconds`: the silence after which it times out. `proveSeconds`: the
 * proof period, during which nothing may contradict a claim that no answer confirms.
 */
export type Attempt = {
  id: string
  package: Package
  target: string
  openedAt: number
  timeoutSeconds: number
  proveSeconds: number
  campaignId?: string | undefined
  /** The phase of the campaign, from 0; undefined: the campaign has none. */
  phase?: number | undefined
  /**
   * The package that we offer the device, which makes the attempt driven; undefined: another platform
   * upgrades it, and we watch.
   */
  packageId?: string | undefined
  /** For a dock or its aircraft: the dock gets the offer, and cannot be asked for versions. */
  machines?: 'docks' | undefined
  requestedBy: string
}
