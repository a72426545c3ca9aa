import * as z from 'zod'
import { eventTypes, otaService } from '../../protocols/huawei-ota/topics.ts'

/**
 * A package that is offered to a device. `older`: the kind of offer for packages stored in IoTDA itself, for
 * which SDKs add an `Authorization` header, with or without a token.
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3030.html
 */
export type PackageOffer = {
  package: 'firmware' | 'software'
  older: boolean
  version: string
  url: string
  /** Bytes, if given. */
  size?: number
  /** In hex, if given. */
  sha256?: string
  token?: string
}

/** A request of the platform to a device, `about` itself or a child. */
export type Request =
  | { kind: 'versionQuery'; about: string }
  | { kind: 'offer'; about: string; offer: PackageOffer }

const Paras = z.object({
  version: z.string(),
  url: z.string(),
  file_size: z.number().nullish(),
  sign: z.string().nullish(),
  access_token: z.string().nullish(),
})
const Requests = z.object({
  object_device_id: z.string().nullish(),
  services: z.array(z.object({ service_id: z.string(), event_type: z.string(), paras: z.unknown() })),
})

const offers: Readonly<Record<string, Pick<PackageOffer, 'package' | 'older'>>> = {
  [eventTypes.firmwareOffer]: { package: 'firmware', older: false },
  [eventTypes.softwareOffer]: { package: 'software', older: false },
  [eventTypes.olderFirmwareOffer]: { package: 'firmware', older: true },
  [eventTypes.olderSoftwareOffer]: { package: 'software', older: true },
}

const parseJson = (payload: string): unknown => {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

const readOffer = (type: string, paras: unknown): PackageOffer | undefined => {
  const kind = offers[type]
  const { data } = Paras.safeParse(paras)
  if (!kind || !data) return undefined
  const { version, url, file_size: size, sign, access_token: token } = data
  return {
    ...kind,
    version,
    url,
    ...(size && { size }),
    ...(sign && { sha256: sign }),
    ...(token && { token }),
  }
}

/**
 * The requests in a message on the topic of `deviceId`: to the named device, otherwise to the connected one.
 * Unknown requests are left out.
 */
export const readRequests = (deviceId: string, payload: string): Request[] => {
  const { data } = Requests.safeParse(parseJson(payload))
  const about = data?.object_device_id || deviceId
  return (data?.services ?? []).flatMap(({ service_id, event_type, paras }): Request[] => {
    if (service_id !== otaService) return []
    if (event_type === eventTypes.versionQuery) return [{ kind: 'versionQuery', about }]
    const offer = readOffer(event_type, paras)
    return offer ? [{ kind: 'offer', about, offer }] : []
  })
}
