-- AlterEnum: by themselves, since new values cannot be used in the transaction that adds them.
ALTER TYPE "RolloutState" ADD VALUE 'scheduled';
ALTER TYPE "RolloutState" ADD VALUE 'halted';
ALTER TYPE "RolloutState" ADD VALUE 'rolled_back';
