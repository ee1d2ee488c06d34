/* SPDX-License-Identifier: Apache-2.0 */
/* vat.c: forms and check digits of the European Union's VAT identification numbers, a row for each member. */
#include "billing/vat.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"

static int
digit(char c)
{
	return c - '0';
}

/* Digits by weights, one of each. */
static int
weigh(const char *digits, const int8_t *weights, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += digit(digits[i]) * weights[i];
	return sum;
}

#define WEIGH(digits, ...) \
	weigh(digits, (const int8_t[]){__VA_ARGS__}, sizeof((const int8_t[]){__VA_ARGS__}))

/* At most 18 digits. */
static int64_t
number(const char *digits, size_t n)
{
	int64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + digit(digits[i]);
	return value;
}

/* Luhn's sum: every second digit, from the last but one, is doubled and its own digits are added. */
static int
luhn(const char *digits, size_t n)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++) {
		int d = digit(digits[i]);

		if ((n - i) % 2 == 0)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return sum % 10;
}

/* ISO/IEC 7064, MOD 11,10. */
static bool
mod_11_10(const char *digits, size_t n)
{
	int check = 5;

	for (size_t i = 0; i < n; i++)
		check = ((check != 0 ? check : 10) * 2 % 11 + digit(digits[i])) % 10;
	return check == 1;
}

/* ---- a function for each member; the form was checked before ---- */

static bool
check_at(const char *id)
{
	/* Behind the U, Luhn's sum of seven and a constant. */
	return (luhn(id + 1, 7) + 4 + digit(id[8])) % 10 == 0;
}

static bool
check_be(const char *id)
{
	return (number(id, 8) + number(id + 8, 2)) % 97 == 0;
}

static bool
check_bg(const char *id)
{
	int sum;

	if (strlen(id) == 9) {
		sum = WEIGH(id, 1, 2, 3, 4, 5, 6, 7, 8) % 11;
		if (sum == 10)
			sum = WEIGH(id, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10;
		return sum == digit(id[8]);
	}
	/* A person, a foreigner, or another. */
	if (WEIGH(id, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10 == digit(id[9]) ||
		WEIGH(id, 21, 19, 17, 13, 11, 9, 7, 3, 1) % 10 == digit(id[9]))
		return true;
	return WEIGH(id, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) % 11 == 0;
}

static bool
check_cy(const char *id)
{
	static const int8_t odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
	int sum = 0;

	for (size_t i = 0; i < 8; i++)
		sum += i % 2 == 0 ? odd[digit(id[i])] : digit(id[i]);
	return id[8] == 'A' + sum % 26 && strncmp(id, "12", 2) != 0;
}

static bool
check_cz(const char *id)
{
	int check;

	/* Persons: of those born before 1954, and of some of theirs, there is no check digit. */
	if (strlen(id) == 9)
		return true;
	if (strlen(id) == 10)
		return number(id, 9) % 11 % 10 == digit(id[9]);
	check = (11 - WEIGH(id, 8, 7, 6, 5, 4, 3, 2) % 11) % 11;
	return id[0] != '9' && (check != 0 ? check : 1) % 10 == digit(id[7]);
}

static bool
check_de(const char *id)
{
	return id[0] != '0' && mod_11_10(id, 9);
}

static bool
check_dk(const char *id)
{
	return id[0] != '0' && WEIGH(id, 2, 7, 6, 5, 4, 3, 2, 1) % 11 == 0;
}

static bool
check_ee(const char *id)
{
	return WEIGH(id, 3, 7, 1, 3, 7, 1, 3, 7, 1) % 10 == 0;
}

static bool
check_el(const char *id)
{
	int sum = 0;

	for (size_t i = 0; i < 8; i++)
		sum = sum * 2 + digit(id[i]);
	return sum * 2 % 11 % 10 == digit(id[8]);
}

static bool
check_es(const char *id)
{
	static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
	int sum;

	if (isdigit((unsigned char)id[0]))
		return letters[number(id, 8) % 23] == id[8];
	/* Foreigners: X, Y, Z are 0, 1, 2 in front; K, L, M are persons too. */
	if (strchr("XYZ", id[0]) != NULL)
		return letters[((id[0] - 'X') * INT64_C(10000000) + number(id + 1, 7)) % 23] == id[8];
	if (strchr("KLM", id[0]) != NULL)
		return letters[number(id + 1, 7) % 23] == id[8];
	if (strchr("ABCDEFGHJNPQRSUVW", id[0]) == NULL)
		return false;
	sum = luhn((const char[]){id[1], id[2], id[3], id[4], id[5], id[6], id[7], '0'}, 8);
	sum = (10 - sum) % 10;
	return id[8] == '0' + sum || id[8] == "JABCDEFGHI"[sum];
}

static bool
check_fi(const char *id)
{
	return WEIGH(id, 7, 9, 10, 5, 8, 4, 2, 1) % 11 == 0;
}

static bool
check_fr(const char *id)
{
	/* Monaco's companies have none of the French register. */
	bool registered = strncmp(id + 2, "000", 3) == 0 || luhn(id + 2, 9) == 0;

	if (!isdigit((unsigned char)id[0]) || !isdigit((unsigned char)id[1]))
		return registered && strpbrk(id, "IO") == NULL;
	return registered && (number(id + 2, 9) * 100 + 12) % 97 == number(id, 2);
}

static bool
check_hr(const char *id)
{
	return mod_11_10(id, 11);
}

static bool
check_hu(const char *id)
{
	return WEIGH(id, 9, 7, 3, 1, 9, 7, 3, 1) % 10 == 0;
}

static bool
check_ie(const char *id)
{
	static const char letters[] = "WABCDEFGHIJKLMNOPQRSTUV";
	int sum;

	/* Older ones have a letter or sign in the second place, and count from the third. */
	if (!isdigit((unsigned char)id[1]))
		return letters[(WEIGH(id + 2, 7, 6, 5, 4, 3) + digit(id[0]) * 2) % 23] == id[7];
	sum = WEIGH(id, 8, 7, 6, 5, 4, 3, 2);
	if (id[8] != '\0') {
		const char *more = strchr(letters, id[8]);

		if (more == NULL)
			return false;
		sum += 9 * (int)(more - letters);
	}
	return letters[sum % 23] == id[7];
}

static bool
check_it(const char *id)
{
	return strncmp(id, "0000000", 7) != 0 && luhn(id, 11) == 0;
}

static bool
check_lt(const char *id)
{
	size_t n = strlen(id) - 1;
	int first = 0, second = 0;

	for (size_t i = 0; i < n; i++) {
		first += digit(id[i]) * (int)(1 + i % 9);
		second += digit(id[i]) * (int)(1 + (i + 2) % 9);
	}
	return id[n - 1] == '1' && (first % 11 != 10 ? first % 11 : second % 11 % 10) == digit(id[n]);
}

static bool
check_lu(const char *id)
{
	return number(id, 6) % 89 == number(id + 6, 2);
}

static bool
check_lv(const char *id)
{
	if (id[0] > '3')
		return WEIGH(id, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1) % 11 == 3;
	/* Persons; those that begin with 32 have no check digit. */
	return strncmp(id, "32", 2) == 0 ||
		(1 + WEIGH(id, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9)) % 11 % 10 == digit(id[10]);
}

static bool
check_mt(const char *id)
{
	return id[0] != '0' && WEIGH(id, 3, 4, 6, 7, 8, 9, 10, 1) % 37 == 0;
}

static bool
check_nl(const char *id)
{
	/* NL, and B behind nine digits, are 23 21 and 11 in ISO/IEC 7064, MOD 97-10, which newer ones follow. */
	int64_t rest = (2321 * INT64_C(1000000000) + number(id, 9)) % 97;

	rest = (rest * 10000 + 1100 + number(id + 10, 2)) % 97;
	return rest == 1 || (WEIGH(id, 9, 8, 7, 6, 5, 4, 3, 2) - digit(id[8])) % 11 == 0;
}

static bool
check_pl(const char *id)
{
	return WEIGH(id, 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11 == digit(id[9]);
}

static bool
check_pt(const char *id)
{
	int check = 11 - WEIGH(id, 9, 8, 7, 6, 5, 4, 3, 2) % 11;

	return id[0] != '0' && (check > 9 ? 0 : check) == digit(id[8]);
}

static bool
check_ro(const char *id)
{
	static const int8_t weights[] = {7, 5, 3, 2, 1, 7, 5, 3, 2};
	size_t n = strlen(id) - 1;
	int check;

	if (n == 12) {
		check = WEIGH(id, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11;
		return (check == 10 ? 1 : check) == digit(id[12]);
	}
	return id[0] != '0' &&
		weigh(id, weights + sizeof(weights) - n, n) * 10 % 11 % 10 == digit(id[n]);
}

static bool
check_se(const char *id)
{
	return luhn(id, 10) == 0 && number(id + 10, 2) > 0;
}

static bool
check_si(const char *id)
{
	int check = 11 - WEIGH(id, 8, 7, 6, 5, 4, 3, 2) % 11;

	return id[0] != '0' && (check == 10 ? 0 : check) == digit(id[7]);
}

static bool
check_sk(const char *id)
{
	/* A company, or a person. */
	return (id[0] != '0' && strchr("234789", id[2]) != NULL && number(id, 10) % 11 == 0) ||
		number(id, 9) % 11 % 10 == digit(id[9]);
}

/* Forms: 9 is a digit, A a letter, X either, ? either or a sign of the Irish ones; others stand for themselves. */
static const struct {
	char prefix[3], country[3];
	const char *forms; /* divided by spaces */
	bool (*check)(const char *id);
} members[] = {
	{"AT", "AT", "U99999999", check_at},
	{"BE", "BE", "0999999999 1999999999", check_be},
	{"BG", "BG", "999999999 9999999999", check_bg},
	{"CY", "CY", "99999999A", check_cy},
	{"CZ", "CZ", "99999999 999999999 9999999999", check_cz},
	{"DE", "DE", "999999999", check_de},
	{"DK", "DK", "99999999", check_dk},
	{"EE", "EE", "999999999", check_ee},
	{"EL", "GR", "999999999", check_el},
	{"ES", "ES", "X9999999X", check_es},
	{"FI", "FI", "99999999", check_fi},
	{"FR", "FR", "XX999999999", check_fr},
	{"HR", "HR", "99999999999", check_hr},
	{"HU", "HU", "99999999", check_hu},
	{"IE", "IE", "9999999A 9999999AA 9?99999A", check_ie},
	{"IT", "IT", "99999999999", check_it},
	{"LT", "LT", "999999999 999999999999", check_lt},
	{"LU", "LU", "99999999", check_lu},
	{"LV", "LV", "99999999999", check_lv},
	{"MT", "MT", "99999999", check_mt},
	{"NL", "NL", "999999999B99", check_nl},
	{"PL", "PL", "9999999999", check_pl},
	{"PT", "PT", "999999999", check_pt},
	{"RO", "RO", "99 999 9999 99999 999999 9999999 99999999 999999999 9999999999 9999999999999",
		check_ro},
	{"SE", "SE", "999999999999", check_se},
	{"SI", "SI", "99999999", check_si},
	{"SK", "SK", "9999999999", check_sk},
};

static bool
is_of_class(char c, char class)
{
	bool is_digit = c >= '0' && c <= '9', is_letter = c >= 'A' && c <= 'Z';

	switch (class) {
	case '9':
		return is_digit;
	case 'A':
		return is_letter;
	case 'X':
		return is_digit || is_letter;
	case '?':
		return is_letter || c == '+' || c == '*';
	default:
		return c == class;
	}
}

static bool
has_form(const char *id, const char *forms)
{
	size_t n = strlen(id);

	while (*forms != '\0') {
		size_t len = strcspn(forms, " "), i = 0;

		while (len == n && i < n && is_of_class(id[i], forms[i]))
			i++;
		if (len == n && i == n)
			return true;
		forms += len + (forms[len] == ' ');
	}
	return false;
}

bool
billing_vat_is_valid(const char *vat_id)
{
	size_t len = strlen(vat_id);

	if (len < 4 || len > BILLING_VAT_MOST || !is_of_class(vat_id[0], 'A') ||
		!is_of_class(vat_id[1], 'A'))
		return false;
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		if (strncmp(vat_id, members[i].prefix, 2) == 0)
			return has_form(vat_id + 2, members[i].forms) && members[i].check(vat_id + 2);
		if (strncmp(vat_id, members[i].country, 2) == 0)
			return false;
	}
	return strspn(vat_id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

bool
billing_vat_is_of(const char *vat_id, const char *country)
{
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		if (strcmp(country, members[i].country) == 0)
			return strncmp(vat_id, members[i].prefix, 2) == 0 && billing_vat_is_valid(vat_id);
	}
	return false;
}
