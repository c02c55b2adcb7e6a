/* Reads a calendar from standard input with libical, checks it against RFC 5546's restrictions,
   and prints a line an event: uid, start, end, sequence, status, summary (tab between).
   A line that starts with ERROR is something that libical objects to.
   build: cc libical.c -o libical-read $(pkg-config --cflags --libs libical) */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(struct icaltimetype time, icalcomponent *root, const char *tzid)
{
    icaltimezone *zone = NULL;
    if (time.is_date) {
        printf("%04d%02d%02d\t", time.year, time.month, time.day);
        return;
    }
    if (tzid) {
        zone = icalcomponent_get_timezone(root, tzid); /* the file's own, never a built-in one */
        if (!zone) {
            printf("ERROR no VTIMEZONE for %s\t", tzid);
            return;
        }
    }
    printf("%lld\t", (long long)icaltime_as_timet_with_zone(time, zone));
}

static void errors(icalcomponent *component)
{
    icalcomponent *child;
    icalproperty *error = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY);
    for (; error; error = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY))
        printf("ERROR %s: %s\n", icalcomponent_kind_to_string(icalcomponent_isa(component)),
               icalproperty_get_xlicerror(error));
    child = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT);
    for (; child; child = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT))
        errors(child);
}

int main(void)
{
    size_t room = 1 << 25, length;
    char *text = malloc(room);
    icalcomponent *root, *event;
    length = fread(text, 1, room - 1, stdin);
    text[length] = 0;
    root = icalparser_parse_string(text);
    if (!root) {
        printf("ERROR not parsed\n");
        return 1;
    }
    icalrestriction_check(root);
    errors(root);
    event = icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT);
    for (; event; event = icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT)) {
        icalproperty *start = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
        icalproperty *end = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
        icalproperty *status = icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY);
        icalparameter *zone = icalproperty_get_first_parameter(start, ICAL_TZID_PARAMETER);
        printf("%s\t", icalcomponent_get_uid(event));
        show(icalproperty_get_dtstart(start), root, zone ? icalparameter_get_tzid(zone) : NULL);
        if (end)
            show(icalproperty_get_dtend(end), root, NULL);
        else
            printf("\t");
        printf("%d\t%s\t%s\n", icalcomponent_get_sequence(event),
               status ? icalproperty_status_to_string(icalproperty_get_status(status)) : "",
               icalcomponent_get_summary(event));
    }
    return 0;
}
