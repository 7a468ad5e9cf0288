-- What people are told because its day has come, each once: that a confidential look has opened, that a guardian's
-- consent is about to lapse, that their file is about to be deleted on a day.
alter table confidential_accesses add column opening_told_at timestamptz;
create index confidential_accesses_untold on confidential_accesses (locality, sealed_until)
    where used_at is not null and opening_told_at is null;
alter table consents add column lapse_told_at timestamptz;

create table erasure_tellings (
    locality text not null,
    resident_id uuid not null,
    delete_on date not null,
    told_at timestamptz not null,
    primary key (locality, resident_id, delete_on),
    foreign key (locality, resident_id) references residents (locality, id)
);

-- When a landlord who is a human being was forgotten.
alter table landlords add column forgotten_at timestamptz;

-- The messages of peers in which a version of a record came. It is erased when each of them rested on a consent that
-- was withdrawn.
create table civil_record_messages (
    locality text not null,
    record_id uuid not null,
    version integer not null,
    peer text not null,
    message_id uuid not null,
    consent_withdrawn_at timestamptz,
    primary key (locality, record_id, version, message_id)
);
create index civil_record_messages_by_message on civil_record_messages (locality, message_id);
