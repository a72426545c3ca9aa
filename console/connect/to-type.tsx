import Box from '@cloudscape-design/components/box'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { QRCodeSVG } from 'qrcode.react'

/** A value of the form in DJI Pilot 2, by the words that stand there. */
export type Typed = { label: string; value: string }

/** All of them as a text that one can send, or photograph. */
const textOf = (values: readonly Typed[]): string =>
  values.map(({ label, value }) => `${label}: ${value}`).join('\n')

/**
 * What the operator types into the remote controller at the dock: each value to copy, and all of them as a QR code,
 * which the controller's own scanner shows as text.
 */
export const ToType = ({ values, secret }: { values: readonly Typed[]; secret: string }) => {
  const text = textOf(values)
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={2}
        items={values.map(({ label, value }) => ({
          label,
          value: (
            <CopyToClipboard
              variant="inline"
              textToCopy={value}
              copyButtonAriaLabel={`Copy ${label}`}
              copySuccessText="Copied"
              copyErrorText="Not copied"
            />
          ),
        }))}
      />
      <div className="qr">
        <QRCodeSVG value={text} size={192} marginSize={4} title="All of these values as text" />
      </div>
      <CopyToClipboard
        copyButtonText="Copy all"
        textToCopy={text}
        copySuccessText="Copied"
        copyErrorText="Not copied"
      />
      <Box color="text-body-secondary" fontSize="body-s">
        {secret}
      </Box>
    </SpaceBetween>
  )
}
