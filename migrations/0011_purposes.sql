-- What was the administrator's is divided: whoever gave out accounts until now goes on doing that and nothing besides.
update users set role = 'security-administrator' where role = 'administrator';

-- The consent an inquiry came on, so that its answer leaves on the same.
alter table inquiries add column consent_id uuid;
alter table inquiries add column consent_text_version text;
