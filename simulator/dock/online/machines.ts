/**
 * A Dock 3 with a Matrice 4TD. https://developer.dji.com/doc/cloud-api-tutorial/en/overview/product-support.html
 */
export const models = {
  dock: { domain: '3', type: 3, subType: 0, key: '3-3-0', firmware: '10.01.16.03' },
  aircraft: { domain: '0', type: 100, subType: 1, key: '0-100-1', firmware: '14.03.00.03' },
} as const
