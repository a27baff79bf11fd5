// Written by `cargo xtask types` from the tables of crates/model. Do not edit.

/** Version of the model's results. */
export const MODEL_VERSION = 3;

/** Further properties by name. */
export type Props = Record<string, string | number | boolean>;

/** A product, as GA4 describes it. */
export interface Item {
  /** Product's id. */
  item_id?: string;
  /** Product's name. */
  item_name?: string;
  /** Product's brand. */
  item_brand?: string;
  /** Product's category. */
  item_category?: string;
  /** Product's second category. */
  item_category2?: string;
  /** Product's third category. */
  item_category3?: string;
  /** Product's fourth category. */
  item_category4?: string;
  /** Product's fifth category. */
  item_category5?: string;
  /** Product's variant. */
  item_variant?: string;
  /** Price of one unit. */
  price?: number;
  /** Number of units, whole or not. */
  quantity?: number;
  /** Discount on one unit. */
  discount?: number;
  /** Position in a list. */
  index?: number;
  /** Store or partner that supplies the product or order. */
  affiliation?: string;
  /** Place, as a Google Place id. */
  location_id?: string;
  /** Coupon code applied. */
  coupon?: string;
  /** List the item was shown in. */
  item_list_id?: string;
  /** Name of that list. */
  item_list_name?: string;
  /** Promotion shown or chosen. */
  promotion_id?: string;
  /** Name of that promotion. */
  promotion_name?: string;
}

/** Fields that every touchpoint may have. */
export interface CommonFields {
  /** Further properties. */
  props?: Props;
  /** Acquisition channel as assigned by an imported source. */
  source_channel?: string;
  /** Session id from an imported source. */
  source_session?: string;
  /** Whether the browser was controlled by software. */
  automated?: boolean;
  /** Service or offline channel: `call_centre`, `store`, `chat`, `email`, `sms`, `app`, `marketplace`, `co_browsing`, … */
  contact_channel?: string;
  /** Number of an import's file and, in it, the row's position among the rows of the same visitor and time. It orders touchpoints of one time and is not shown. */
  source_order?: number;
  /** Kind of device: `desktop`, `mobile` or `tablet`. Pages record it when they load; it holds for the rest of the visit. */
  device?: string;
  /** Values that could not be used and were left out: the field's name with the reason and the value as it came. */
  repairs?: Props;
  /** Family of the browser, such as `Chrome`. Like the other facts about the browser, pages record it when they load, and it holds for the rest of the visit. */
  browser?: string;
  /** Major version of the browser. */
  browser_version?: string;
  /** Language that the visitor has set in the browser, such as `de-AT` (BCP 47). */
  language?: string;
  /** Size of the screen by its width: `compact`, `medium`, `expanded`, `large` or `extra_large`. */
  screen?: string;
  /** Time zone that the device is set to, such as `Europe/Vienna`; reports derive the country from it. */
  time_zone?: string;
  /** Country by its ISO 3166 code, where the site or an imported source knows it; otherwise the time zone tells it. */
  country?: string;
}

/** A page was shown. */
export interface PageViewFields extends CommonFields {
  /** Address of the page, scrubbed of secrets. */
  url: string;
  /** Title of the page. */
  title?: string;
  /** Address of the referring page, scrubbed; absent if it belongs to the site itself. */
  referrer?: string;
  /** How the page was reached: `link`, `reload`, `back_forward`, `bfcache`, `spa` or `prerender`. */
  entry?: string;
  /** Campaign source (`utm_source`). */
  source?: string;
  /** Campaign medium (`utm_medium`). */
  medium?: string;
  /** Campaign name (`utm_campaign`). */
  campaign?: string;
  /** Campaign term (`utm_term`). */
  term?: string;
  /** Campaign content (`utm_content`). */
  content?: string;
  /** Name of the click id in the address (`gclid`, `fbclid`, …), never its value. */
  click_id?: string;
}

/** The visitor left the page or hid it: engaged time since the last such touchpoint, scroll depth since the page was shown. */
export interface UserEngagementFields extends CommonFields {
  /** Milliseconds in which the page was visible and used. */
  engaged_ms: number;
  /** Address of the page, scrubbed of secrets. */
  url?: string;
  /** Deepest point seen, in permille of the page's height. */
  scroll_permille?: number;
}

/** A list of products was shown. */
export interface ViewItemListFields extends CommonFields {
  /** List the item was shown in. */
  item_list_id?: string;
  /** Name of that list. */
  item_list_name?: string;
  /** Products concerned. */
  items?: Item[];
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
}

/** A product was chosen from a list. */
export interface SelectItemFields extends CommonFields {
  /** List the item was shown in. */
  item_list_id?: string;
  /** Name of that list. */
  item_list_name?: string;
  /** Products concerned. */
  items?: Item[];
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
}

/** A product was shown. */
export interface ViewItemFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
}

/** A product was added to the wish list. */
export interface AddToWishlistFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
}

/** A product was added to the cart. */
export interface AddToCartFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
}

/** A product was removed from the cart. */
export interface RemoveFromCartFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
}

/** The cart was shown. */
export interface ViewCartFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
}

/** Checkout began. */
export interface BeginCheckoutFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
  /** Coupon code applied. */
  coupon?: string;
}

/** Shipping was chosen in checkout. */
export interface AddShippingInfoFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
  /** Coupon code applied. */
  coupon?: string;
  /** Shipping tier chosen. */
  shipping_tier?: string;
}

/** Payment was chosen in checkout. */
export interface AddPaymentInfoFields extends CommonFields {
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
  /** Coupon code applied. */
  coupon?: string;
  /** Payment type chosen. */
  payment_type?: string;
}

/** An order was placed. */
export interface PurchaseFields extends CommonFields {
  /** Order number. */
  transaction_id?: string;
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
  /** Tax of the order. */
  tax?: number;
  /** Shipping cost of the order. */
  shipping?: number;
  /** Coupon code applied. */
  coupon?: string;
  /** Store or partner that supplies the product or order. */
  affiliation?: string;
}

/** An order was refunded, fully or partly. */
export interface RefundFields extends CommonFields {
  /** Order number. */
  transaction_id?: string;
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
  /** Tax of the order. */
  tax?: number;
  /** Shipping cost of the order. */
  shipping?: number;
  /** Coupon code applied. */
  coupon?: string;
  /** Store or partner that supplies the product or order. */
  affiliation?: string;
}

/** A promotion was shown. */
export interface ViewPromotionFields extends CommonFields {
  /** Promotion shown or chosen. */
  promotion_id?: string;
  /** Name of that promotion. */
  promotion_name?: string;
  /** Products concerned. */
  items?: Item[];
}

/** A promotion was chosen. */
export interface SelectPromotionFields extends CommonFields {
  /** Promotion shown or chosen. */
  promotion_id?: string;
  /** Name of that promotion. */
  promotion_name?: string;
  /** Products concerned. */
  items?: Item[];
}

/** The site was searched. */
export interface SearchFields extends CommonFields {
  /** Search term. */
  search_term: string;
  /** Number of search results. */
  results?: number;
}

/** The visitor entered a checkout step that the site defines. */
export interface CheckoutStepFields extends CommonFields {
  /** Checkout step: `begin`, `shipping`, `payment` or a name that the site chose. */
  step: string;
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
}

/** A checkout step ended: the time spent waiting, the time spent acting, and the number of reloads. */
export interface CheckoutStepTimeFields extends CommonFields {
  /** Checkout step: `begin`, `shipping`, `payment` or a name that the site chose. */
  step: string;
  /** Milliseconds in which the visitor waited for network and rendering. */
  waiting_ms: number;
  /** Milliseconds in which the visitor could act. */
  acting_ms: number;
  /** Page reloads during the step. */
  reloads?: number;
}

/** A coupon was tried; `error` gives the reason if it failed. */
export interface CouponTryFields extends CommonFields {
  /** Coupon code applied. */
  coupon?: string;
  /** Kind of error: a validation state, an error's class, a status. */
  error?: string;
}

/** The visitor started filling in a form. */
export interface FormStartFields extends CommonFields {
  /** Form's name or id, never its content. */
  form?: string;
}

/** A form field failed validation. */
export interface FormErrorFields extends CommonFields {
  /** Form's name or id, never its content. */
  form?: string;
  /** Form field's name or id, never its value. */
  form_field?: string;
  /** Kind of error: a validation state, an error's class, a status. */
  error?: string;
}

/** The visitor left a form field: time in it, time to the first input, corrections and refills, never its value. */
export interface FormFieldTimeFields extends CommonFields {
  /** Form field's name or id, never its value. */
  form_field: string;
  /** Form's name or id, never its content. */
  form?: string;
  /** Milliseconds in which the visitor could act. */
  acting_ms?: number;
  /** Times the field was corrected. */
  corrections?: number;
  /** Milliseconds from entering a form field to its first input. */
  first_input_ms?: number;
  /** Times a form field was filled in again after it had been filled in. */
  refills?: number;
}

/** A form was sent. */
export interface FormSubmitFields extends CommonFields {
  /** Form's name or id, never its content. */
  form?: string;
}

/** A form was left without being sent: its last field and the time spent in its fields. */
export interface FormAbandonFields extends CommonFields {
  /** Form's name or id, never its content. */
  form?: string;
  /** Form field's name or id, never its value. */
  form_field?: string;
  /** Milliseconds in which the visitor could act. */
  acting_ms?: number;
}

/** Net promoter score, 0 to 10. */
export interface NpsFields extends CommonFields {
  /** Survey score. */
  score: number;
  /** Comment the customer sent with a survey or review. */
  comment?: string;
}

/** Satisfaction, 1 to 5. */
export interface CsatFields extends CommonFields {
  /** Survey score. */
  score: number;
  /** Comment the customer sent with a survey or review. */
  comment?: string;
  /** Topic of a contact or question. */
  topic?: string;
}

/** Effort, 1 (hard) to 7 (easy). */
export interface CesFields extends CommonFields {
  /** Survey score. */
  score: number;
  /** Comment the customer sent with a survey or review. */
  comment?: string;
  /** Topic of a contact or question. */
  topic?: string;
}

/** The customer sought help or was called. */
export interface SupportContactFields extends CommonFields {
  /** Service or offline channel: `call_centre`, `store`, `chat`, `email`, `sms`, `app`, `marketplace`, `co_browsing`, … */
  contact_channel?: string;
  /** Campaign medium (`utm_medium`). */
  medium?: string;
  /** Topic of a contact or question. */
  topic?: string;
  /** How long a contact took, in milliseconds. */
  duration_ms?: number;
  /** Whether the contact resolved the customer's issue. */
  resolved?: boolean;
}

/** Something was shared or recommended. */
export interface ShareFields extends CommonFields {
  /** Method of a share, a login or a sign-up; destination of a click. */
  method?: string;
  /** Campaign content (`utm_content`). */
  content?: string;
  /** Products concerned. */
  items?: Item[];
}

/** A review was written. */
export interface ReviewFields extends CommonFields {
  /** Survey score. */
  score?: number;
  /** Comment the customer sent with a survey or review. */
  comment?: string;
  /** Products concerned. */
  items?: Item[];
}

/** The visitor was identified as this customer. */
export interface IdentifyFields extends CommonFields {
  /** Customer's id in the site's own system. */
  customer_id: string;
  /** Method of a share, a login or a sign-up; destination of a click. */
  method?: string;
}

/** An account was created. */
export interface SignUpFields extends CommonFields {
  /** Method of a share, a login or a sign-up; destination of a click. */
  method?: string;
}

/** The customer logged in. */
export interface LoginFields extends CommonFields {
  /** Method of a share, a login or a sign-up; destination of a click. */
  method?: string;
}

/** A signal that the page found in raw activity. */
export interface SignalFields extends CommonFields {
  /** Name of a custom touchpoint or of a signal. */
  name: string;
  /** Human-readable name of an element, from its role, label, id or `data-wayside-name`. */
  element?: string;
  /** Number of counted events. */
  count?: number;
  /** Milliseconds from the first to the last event, or the duration. */
  span_ms?: number;
  /** Checkout step: `begin`, `shipping`, `payment` or a name that the site chose. */
  step?: string;
  /** Address of the page, scrubbed of secrets. */
  url?: string;
  /** Google's moment of an intent signal: `know`, `go`, `do` or `buy`. */
  moment?: string;
  /** Form's name or id, never its content. */
  form?: string;
  /** Form field's name or id, never its value. */
  form_field?: string;
}

/** A page error or failed request. Of an error that repeats, the first three are recorded, and later `count` of them at once. */
export interface PageErrorFields extends CommonFields {
  /** Kind of error: a validation state, an error's class, a status. */
  error?: string;
  /** Address of the page, scrubbed of secrets. */
  url?: string;
  /** Number of counted events. */
  count?: number;
}

/** An interactive element was clicked; `method` names the destination of a link out of the page (`outbound`, `download`, `phone`, `mail`, `map`), or is `question` if an answer was opened. */
export interface ClickFields extends CommonFields {
  /** Address of the page, scrubbed of secrets. */
  url?: string;
  /** Human-readable name of an element, from its role, label, id or `data-wayside-name`. */
  element?: string;
  /** Method of a share, a login or a sign-up; destination of a click. */
  method?: string;
}

/** Any other touchpoint, under a name that the site chose. */
export interface CustomFields extends CommonFields {
  /** Name of a custom touchpoint or of a signal. */
  name: string;
  /** GA4 currency, ISO 4217. */
  currency?: string;
  /** GA4 value of the touchpoint in its currency. */
  value?: number;
  /** Products concerned. */
  items?: Item[];
}

/** Core Web Vitals of the page, when it is left or hidden for the first time. */
export interface WebVitalsFields extends CommonFields {
  /** Address of the page, scrubbed of secrets. */
  url?: string;
  /** Largest Contentful Paint, in milliseconds. */
  lcp_ms?: number;
  /** First Contentful Paint, in milliseconds. */
  fcp_ms?: number;
  /** Interaction to Next Paint, in milliseconds. */
  inp_ms?: number;
  /** Time to First Byte, in milliseconds. */
  ttfb_ms?: number;
  /** Cumulative Layout Shift, in thousandths. */
  cls_permille?: number;
}

/** The visitor came back from another tab or window. */
export interface TabSwitchFields extends CommonFields {
  /** How long a contact took, in milliseconds. */
  duration_ms?: number;
}

/** A product's name or price was copied. */
export interface CopyFields extends CommonFields {
  /** Human-readable name of an element, from its role, label, id or `data-wayside-name`. */
  element?: string;
}

/** The fields of each kind of touchpoint, by the kind's name. */
export interface Touchpoints {
  page_view: PageViewFields;
  user_engagement: UserEngagementFields;
  view_item_list: ViewItemListFields;
  select_item: SelectItemFields;
  view_item: ViewItemFields;
  add_to_wishlist: AddToWishlistFields;
  add_to_cart: AddToCartFields;
  remove_from_cart: RemoveFromCartFields;
  view_cart: ViewCartFields;
  begin_checkout: BeginCheckoutFields;
  add_shipping_info: AddShippingInfoFields;
  add_payment_info: AddPaymentInfoFields;
  purchase: PurchaseFields;
  refund: RefundFields;
  view_promotion: ViewPromotionFields;
  select_promotion: SelectPromotionFields;
  search: SearchFields;
  checkout_step: CheckoutStepFields;
  checkout_step_time: CheckoutStepTimeFields;
  coupon_try: CouponTryFields;
  form_start: FormStartFields;
  form_error: FormErrorFields;
  form_field_time: FormFieldTimeFields;
  form_submit: FormSubmitFields;
  form_abandon: FormAbandonFields;
  nps: NpsFields;
  csat: CsatFields;
  ces: CesFields;
  support_contact: SupportContactFields;
  share: ShareFields;
  review: ReviewFields;
  identify: IdentifyFields;
  sign_up: SignUpFields;
  login: LoginFields;
  signal: SignalFields;
  page_error: PageErrorFields;
  click: ClickFields;
  custom: CustomFields;
  web_vitals: WebVitalsFields;
  tab_switch: TabSwitchFields;
  copy: CopyFields;
}

/** Name of a kind of touchpoint. */
export type TouchpointKind = keyof Touchpoints;

/** A stage of the customer journey. */
export type Stage = 'awareness' | 'consideration' | 'purchase' | 'retention' | 'advocacy';

/** Name of a signal. */
export type SignalName = 'rage_click' | 'quick_back' | 'checkout_reload' | 'checkout_slow' | 'dead_click' | 'error_click' | 'thrashed_cursor' | 'excessive_scroll' | 'form_struggle' | 'field_abandoned' | 'cart_thrash' | 'coupon_failure' | 'zoom_or_pinch_struggle' | 'content_read' | 'site_searched' | 'question_opened' | 'store_located' | 'contact_sought' | 'guide_followed' | 'account_managed' | 'item_compared' | 'price_checked' | 'cart_built' | 'checkout_resumed' | 'exit_intent' | 'idle_in_step' | 'step_revisited' | 'pay_button_hover' | 'tab_comparison';

/** Name of a threshold: its signal's, a point, and its own. */
export type ThresholdName = 'rage_click.clicks' | 'rage_click.gap_ms' | 'rage_click.radius_px' | 'quick_back.stay_ms' | 'quick_back.seen_ms' | 'checkout_reload.count' | 'checkout_reload.within_ms' | 'checkout_slow.waiting_ms' | 'dead_click.wait_ms' | 'error_click.within_ms' | 'thrashed_cursor.count' | 'thrashed_cursor.within_ms' | 'thrashed_cursor.swing_px' | 'excessive_scroll.count' | 'excessive_scroll.within_ms' | 'excessive_scroll.swing_permille' | 'form_struggle.count' | 'form_struggle.within_ms' | 'form_struggle.corrections' | 'field_abandoned.acting_ms' | 'cart_thrash.count' | 'cart_thrash.within_ms' | 'coupon_failure.count' | 'coupon_failure.within_ms' | 'zoom_or_pinch_struggle.count' | 'zoom_or_pinch_struggle.within_ms' | 'zoom_or_pinch_struggle.swing_permille' | 'content_read.engaged_ms' | 'content_read.depth_permille' | 'guide_followed.engaged_ms' | 'guide_followed.depth_permille' | 'item_compared.count' | 'item_compared.within_ms' | 'cart_built.count' | 'cart_built.within_ms' | 'checkout_resumed.away_ms' | 'exit_intent.seen_ms' | 'idle_in_step.idle_ms' | 'pay_button_hover.rest_ms' | 'tab_comparison.count' | 'tab_comparison.within_ms' | 'tab_comparison.away_ms';
