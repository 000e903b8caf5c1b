import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'

export function Mark(): ReactNode {
  return (
    <Group gap="xs" wrap="nowrap">
      <img src="/icon.svg" alt="" width={28} height={28} />
      <Text fw={700} size="lg">
        Mayfly
      </Text>
    </Group>
  )
}
