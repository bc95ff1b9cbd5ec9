-- Whatever devices may still be told to run carries the statement they ask for.
ALTER TABLE "modulator_versions" DROP CONSTRAINT "modulator_versions_statement";
ALTER TABLE "modulator_versions"
  ADD CONSTRAINT "modulator_versions_statement" CHECK (
    "state" NOT IN ('approved', 'deprecated', 'quarantined') OR "statement" IS NOT NULL);

-- A version is what it was made as, for ever: only the decision on it may change, and a final decision does not.
-- What a later migration adds is content, too, until it is named here.
CREATE FUNCTION "keep_modulator_version"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  decision CONSTANT TEXT[] := ARRAY['state', 'statement', 'decided_by', 'decided_at', 'comment'];
BEGIN
  IF to_jsonb(NEW) - decision IS DISTINCT FROM to_jsonb(OLD) - decision THEN
    RAISE EXCEPTION 'modulator version % is immutable', OLD.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state IN ('rejected', 'revoked') OR NEW.state = 'registered') THEN
    RAISE EXCEPTION 'modulator version % is % and stays so', OLD.id, OLD.state
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER "modulator_versions_immutable" BEFORE UPDATE ON "modulator_versions"
  FOR EACH ROW EXECUTE FUNCTION "keep_modulator_version"();
CREATE FUNCTION "refuse_removal_of_modulator_versions"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'modulator versions are kept' USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
CREATE TRIGGER "modulator_versions_kept" BEFORE DELETE ON "modulator_versions"
  FOR EACH ROW EXECUTE FUNCTION "refuse_removal_of_modulator_versions"();
