-- Marriages and births: one sealed body per version, with where the version came from.
create table civil_records (
    locality text not null,
    id uuid not null,
    version integer not null,
    kind text not null,
    body bytea not null,
    standing text not null,
    issuer text not null,
    source text not null,
    source_peer text,
    source_message uuid,
    recorded_at timestamptz not null,
    recorded_by uuid,
    superseded_at timestamptz,
    primary key (locality, id, version)
);
create unique index civil_records_current on civil_records (locality, id) where superseded_at is null;

create table civil_record_subjects (
    locality text not null,
    record_id uuid not null,
    part text not null,
    resident_id uuid,
    primary key (locality, record_id, part)
);
create index civil_record_subjects_by_resident on civil_record_subjects (locality, resident_id, record_id);
