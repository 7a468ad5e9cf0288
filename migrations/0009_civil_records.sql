-- Marriages and births: one sealed body per version, with where the version came from. The certificate lies beside
-- it as a blind index, so that one certificate is not recorded twice.
create table civil_records (
    locality text not null,
    id uuid not null,
    version integer not null,
    kind text not null,
    body bytea not null,
    fingerprint bytea not null,
    certificate_index bytea,
    standing text not null,
    issuer text not null,
    source text not null,
    source_peer text,
    source_message uuid,
    office text not null,
    recorded_at timestamptz not null,
    recorded_by uuid not null,
    superseded_at timestamptz,
    primary key (locality, id, version)
);
create unique index civil_records_current on civil_records (locality, id) where superseded_at is null;
create index civil_records_by_certificate on civil_records (locality, certificate_index)
    where superseded_at is null and certificate_index is not null;
-- The rule looks at all records; this makes it hold even for two clerks at once. A peer's record is not refused.
create unique index civil_records_one_certificate on civil_records (locality, certificate_index)
    where superseded_at is null and certificate_index is not null and source_peer is null;

-- Whose record it is, by part; a part without a file here has no resident. The person's blind index tells in the next
-- version whether it is still the same person.
create table civil_record_subjects (
    locality text not null,
    record_id uuid not null,
    part text not null,
    resident_id uuid,
    person_index bytea not null,
    primary key (locality, record_id, part),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index civil_record_subjects_by_resident on civil_record_subjects (locality, resident_id, record_id);
