import type { Tx } from './database.js';

/** The only row of `fleet_state`; the first migration inserts it. */
const FLEET_STATE_ID = 1;

/**
 * Raises the fleet version by one and gives the new value. Call it in the transaction that changes what some device
 * should run, or which credentials hold: the row lock orders all such changes, so the delivery service that has read
 * version n has read every change up to n.
 */
export const bumpFleetVersion = async (tx: Tx): Promise<bigint> => {
  const { version } = await tx.fleetState.update({
    where: { id: FLEET_STATE_ID },
    data: { version: { increment: 1 } },
    select: { version: true },
  });
  return version;
};

/** Reads the fleet version, `0n` for a registry where nothing was released yet. */
export const readFleetVersion = async (tx: Pick<Tx, 'fleetState'>): Promise<bigint> => {
  const { version } = await tx.fleetState.findUniqueOrThrow({ where: { id: FLEET_STATE_ID } });
  return version;
};
